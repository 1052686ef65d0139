"""A host product: its key, its customers' spaces, the header that chooses one, portal links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Change, PortalLink, Space
from app.services.instance_keys import create_instance_key, list_instance_keys, revoke_instance_key
from tests.api.conftest import Caller, caller_in, host_with
from tests.api.problems import problem

SPACE_FIELDS = {"id", "external_id", "name", "archived_at"}


@pytest.fixture
def host(app: Flask) -> Callable[..., Caller]:
    """Makes programs of the host product with these scopes."""

    return partial(host_with, app)


def rows(app: Flask, model: Any, **by: Any) -> list[Any]:
    """All rows of a kind that fit, oldest first."""
    with app.app_context():
        return list(db.session.query(model).filter_by(**by).order_by(model.id))


def put(caller: Caller, external_id: str = "4711", **said: Any) -> dict[str, Any]:
    answer = caller("PUT", f"/spaces/by-external-id/{external_id}", {"name": "Acme", **said})
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json)


def in_space(name: str) -> dict[str, str]:
    return {"Hookdesk-Space": name}


def test_a_customer_is_made_once_and_then_changed(app: Flask, host: Callable[..., Caller]) -> None:
    caller = host()
    made = caller("PUT", "/spaces/by-external-id/4711", {"name": "Acme", "time_zone": "Europe/Kyiv"})
    assert made.status_code == 201
    assert set(made.json) == SPACE_FIELDS
    assert (made.json["external_id"], made.json["archived_at"]) == ("4711", None)
    again = caller("PUT", "/spaces/by-external-id/4711", {"name": "Acme Ltd"})
    assert (again.status_code, again.json["id"], again.json["name"]) == (200, made.json["id"], "Acme Ltd")
    assert [one.time_zone for one in rows(app, Space)] == ["Europe/Kyiv"]


def test_two_customers_may_have_the_same_name(host: Callable[..., Caller]) -> None:
    caller = host()
    assert put(caller, "1")["id"] != put(caller, "2")["id"]


WRONG = [
    ({}, "name"),
    ({"name": ""}, "name"),
    ({"name": "Acme", "time_zone": "Mars/Olympus"}, "time_zone"),
    ({"name": "Acme", "language": "tlh"}, "language"),
    ({"name": "Acme", "colour": "red"}, "colour"),
    ({"name": 7}, "name"),
]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("said", "field"), WRONG)
def test_what_cannot_be_used_is_said(
    app: Flask, host: Callable[..., Caller], said: dict[str, Any], field: str
) -> None:
    body = problem(host()("PUT", "/spaces/by-external-id/1", said), 422, "validation")
    assert [one["field"] for one in body["errors"]] == [field]
    assert rows(app, Space) == []


def test_spaces_are_listed_page_by_page(host: Callable[..., Caller]) -> None:
    caller = host()
    ids = [put(caller, str(number))["id"] for number in range(3)]
    first = caller("GET", "/spaces?limit=2").json
    rest = caller("GET", f"/spaces?limit=2&cursor={first['next_cursor']}").json
    assert [one["id"] for one in first["data"] + rest["data"]] == ids
    assert rest["next_cursor"] is None


def test_an_archived_space_takes_nothing_until_it_is_put_again(
    app: Flask, host: Callable[..., Caller]
) -> None:
    caller = host("spaces:write", "portal:write", "events:write")
    space = put(caller)
    own = caller_in(app, space["id"])
    event = {"type": "lead.created", "data": {}}
    assert own("POST", "/events", event).status_code == 202
    archived = caller("DELETE", f"/spaces/{space['id']}")
    assert archived.status_code == 200 and archived.json["archived_at"]
    for answer in (
        own("POST", "/events", event),
        own("GET", "/webhooks"),
        caller("POST", "/events", event, headers=in_space(space["id"])),
        caller("POST", f"/spaces/{space['id']}/portal-links", {"permissions": ["webhooks.view"]}),
    ):
        assert "archived" in problem(answer, 409, "space-archived")["detail"]
    put(caller)
    assert own("POST", "/events", event).status_code == 202
    kinds = [one.kind for one in rows(app, Change, space_id=space["id"], actor_name="Host")]
    assert kinds == ["created", "archived", "restored"]


@pytest.mark.databases("sqlite")
def test_the_header_chooses_the_space(app: Flask, host: Callable[..., Caller]) -> None:
    caller = host("spaces:write", "administrative")
    one, two = put(caller, "one"), put(caller, "two")
    hook = {"name": "CRM", "url": "https://crm.example.com/hook", "events": ["lead.created"]}
    made = caller("POST", "/webhooks", hook, headers=in_space("ext:two"))
    assert made.status_code == 201
    assert caller("GET", "/webhooks", headers=in_space(one["id"])).json["data"] == []
    assert len(caller("GET", "/webhooks", headers=in_space(two["id"])).json["data"]) == 1
    problem(caller("GET", f"/webhooks/{made.json['id']}", headers=in_space("ext:one")), 404, "not-found")
    problem(caller("GET", "/webhooks"), 400, "no-space")
    for unknown in ("ext:three", "spc_1", "", "Acme", "ext:"):
        problem(caller("GET", "/webhooks", headers=in_space(unknown)), 404, "not-found")


@pytest.mark.databases("sqlite")
def test_a_spaces_own_key_may_name_its_own_space_only(
    app: Flask, host: Callable[..., Caller], call: Caller, space_id: str
) -> None:
    put(host(), "other")
    assert call("GET", "/webhooks", headers=in_space(space_id)).status_code == 200
    for named in ("ext:other", "ext:nobody", "spc_0"):
        problem(call("GET", "/webhooks", headers=in_space(named)), 403, "other-space")


@pytest.mark.databases("sqlite")
def test_scopes_of_the_host_are_not_for_spaces(app: Flask, call: Caller, space_id: str) -> None:
    """Not even for a key of a space that may do everything there."""
    problem(call("GET", "/spaces"), 403, "missing-scope")
    problem(call("DELETE", f"/spaces/{space_id}"), 403, "missing-scope")
    problem(call("PUT", "/spaces/by-external-id/1", {"name": "A"}), 403, "missing-scope")
    problem(call("POST", f"/spaces/{space_id}/portal-links", {}), 403, "missing-scope")


@pytest.mark.databases("sqlite")
def test_a_key_of_the_host_opens_what_its_scopes_say(host: Callable[..., Caller]) -> None:
    space = put(host("spaces:write"))
    portal = host("portal:write")
    problem(portal("GET", "/spaces"), 403, "missing-scope")
    problem(portal("GET", "/webhooks", headers=in_space(space["id"])), 403, "missing-scope")
    everything = host("administrative")
    problem(everything("GET", "/spaces"), 403, "missing-scope")
    assert everything("GET", "/webhooks", headers=in_space(space["id"])).status_code == 200


@pytest.mark.databases("sqlite")
def test_a_revoked_or_ended_key_is_no_key(app: Flask, host: Callable[..., Caller]) -> None:
    caller = host()
    assert caller("GET", "/spaces").status_code == 200
    with app.test_request_context():
        revoke_instance_key(list_instance_keys()[0].id)
        _key, text = create_instance_key(["spaces:write"], "Short", utc_now() + timedelta(milliseconds=1))
    problem(caller("GET", "/spaces"), 401, "unauthorized")
    problem(Caller(app.test_client(), text)("GET", "/spaces"), 401, "unauthorized")


def test_a_portal_link_is_kept_as_a_hash_and_told_to_the_audit(
    app: Flask, host: Callable[..., Caller]
) -> None:
    caller = host()
    space = put(caller)
    said = {
        "permissions": ["webhooks.manage"],
        "person": {"external_id": "ada@example.com", "name": "Ada"},
        "expires_in_s": 60,
        "theme": {"accent": "#0A6B5F", "dark": True},
        "page": "/webhooks",
    }
    made = caller("POST", f"/spaces/{space['id']}/portal-links", said)
    assert made.status_code == 201 and set(made.json) == {"url", "expires_at"}
    token = made.json["url"].rpartition("/")[2]
    assert len(token) >= 43  # 256 random bits
    (link,) = rows(app, PortalLink)
    assert token not in str(vars(link))
    assert "alerts.manage" in link.permissions  # what it brings along
    (told,) = rows(app, Change, subject_id=link.id)
    assert (told.kind, told.actor_name) == ("link_made", "Host")


WRONG_LINKS = [
    ({}, "permissions"),
    ({"permissions": []}, "permissions"),
    ({"permissions": ["people.manage"]}, "permissions"),
    ({"permissions": ["api_keys.manage"]}, "permissions"),
    ({"permissions": ["audit.view"]}, "permissions"),
    ({"permissions": ["space.manage"]}, "permissions"),
    ({"permissions": ["webhooks.view"], "expires_in_s": 1}, "expires_in_s"),
    ({"permissions": ["webhooks.view"], "expires_in_s": 10**9}, "expires_in_s"),
    ({"permissions": ["webhooks.view"], "page": "//evil.example"}, "page"),
    ({"permissions": ["webhooks.view"], "page": "https://evil.example"}, "page"),
    ({"permissions": ["webhooks.view"], "page": "/\\evil"}, "page"),
    ({"permissions": ["webhooks.view"], "theme": {"accent": "red;}"}}, "theme.accent"),
    ({"permissions": ["webhooks.view"], "theme": {"logo_url": "http://a.example/l.png"}}, "theme.logo_url"),
    ({"permissions": ["webhooks.view"], "theme": {"logo_url": "https://a.example/l.png"}}, "theme.logo_url"),
    (
        {"permissions": ["webhooks.view"], "theme": {"logo_url": "data:image/svg+xml;base64,AAAA"}},
        "theme.logo_url",
    ),
    ({"permissions": ["webhooks.view"], "person": {"name": "Ada"}}, "person.external_id"),
    ({"permissions": ["webhooks.view"], "language": "tlh"}, "language"),
]


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(("said", "field"), WRONG_LINKS)
def test_a_link_that_cannot_be_is_refused(
    app: Flask, host: Callable[..., Caller], said: dict[str, Any], field: str
) -> None:
    caller = host()
    space = put(caller)
    body = problem(caller("POST", f"/spaces/{space['id']}/portal-links", said), 422, "validation")
    assert [one["field"] for one in body["errors"]] == [field]
    assert rows(app, PortalLink) == []


@pytest.mark.databases("sqlite")
def test_an_unknown_space_is_not_found(host: Callable[..., Caller]) -> None:
    caller = host()
    for space_id in ("spc_0", "ext:nobody", "%00"):
        problem(caller("DELETE", f"/spaces/{space_id}"), 404, "not-found")
        problem(caller("POST", f"/spaces/{space_id}/portal-links", {}), 404, "not-found")
        problem(caller("DELETE", f"/spaces/{space_id}/portal-links"), 404, "not-found")


def test_event_types_of_all_spaces_and_of_one(host: Callable[..., Caller]) -> None:
    caller = host("spaces:write", "administrative")
    put(caller, "one"), put(caller, "two")
    sample = {"sample": {"id": 1}}
    assert caller("PUT", "/event-types/invoice.paid", sample).status_code == 200
    named = in_space("ext:one")
    assert caller("PUT", "/event-types/invoice.sent", sample, headers=named).status_code == 200

    def known(space: str) -> set[str]:
        keys = (
            one["key"]
            for one in caller("GET", "/event-types?limit=200", headers=in_space(space)).json["data"]
        )
        return {key for key in keys if key.startswith("invoice.")}

    assert (known("ext:one"), known("ext:two")) == ({"invoice.paid", "invoice.sent"}, {"invoice.paid"})
    event = {"type": "invoice.paid", "data": {"id": 2}}
    assert caller("POST", "/events", event, headers=in_space("ext:two")).status_code == 202
    problem(caller("DELETE", "/event-types/invoice.paid", headers=named), 404, "not-found")
    assert caller("DELETE", "/event-types/invoice.paid").status_code == 204
    assert (known("ext:one"), known("ext:two")) == ({"invoice.sent"}, set())


@pytest.mark.databases("sqlite")
def test_an_id_of_the_host_may_be_in_any_script(host: Callable[..., Caller]) -> None:
    caller = host("spaces:write", "webhooks:read")
    assert put(caller, "кафе-1")["external_id"] == "кафе-1"
    as_bytes = "ext:кафе-1".encode().decode("latin-1")
    assert caller("GET", "/webhooks", headers=in_space(as_bytes)).status_code == 200


def test_an_incoming_webhook_is_made_with_a_key_of_the_space(host: Callable[..., Caller]) -> None:
    space = in_space(put(host())["id"])
    caller = host("incoming:write")
    asked = {"name": "In", "tools": ["crm"]}
    problem(caller("POST", "/incoming-webhooks", asked, space), 409, "key-of-the-space")
    assert caller("GET", "/incoming-webhooks", headers=space).json["data"] == []
