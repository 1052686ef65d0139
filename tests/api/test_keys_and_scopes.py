"""Who may call: keys, scopes, spaces. Generated from the routes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.core.extensions import db
from app.core.route_policy import PUBLIC, SCOPE
from app.core.times import utc_now
from app.models import ApiKey, Incident, Space, Webhook
from app.models.api_key import ADMINISTRATIVE, SCOPES
from app.models.instance_key import INSTANCE_SCOPES, OF_INSTANCE
from tests.api.conftest import Caller, caller_in, host_with
from tests.api.problems import problem

pytestmark = pytest.mark.databases("sqlite")


def _routes(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    """(scope, method, rule) of every route that needs a key."""
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "declared", "")
        if rule.endpoint.startswith("api.") and declared != PUBLIC:
            assert declared.startswith(SCOPE), rule
            yield declared.removeprefix(SCOPE), min((rule.methods or set()) - {"HEAD", "OPTIONS"}), rule


def _path(rule: Rule, ids: dict[str, str]) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", ids[name])
    return path.removeprefix("/api/v1")


def _ids(caller: Caller) -> dict[str, str]:
    webhook = caller.new_webhook()
    event = caller.publish()
    delivery = caller("GET", "/deliveries").json["data"][0]
    caller("PUT", "/event-types/invoice.paid", {"sample": {"id": 1}})
    caller("PATCH", f"/webhooks/{webhook['id']}", {"name": "Renamed"})
    incoming = caller("POST", "/incoming-webhooks", {"name": "In", "tools": ["crm"]})
    return {
        "change_id": caller("GET", f"/webhooks/{webhook['id']}/changes").json["data"][0]["id"],
        "api_key_id": caller("POST", "/api-keys", {"name": "Shop", "scopes": ["events:write"]}).json["id"],
        "credential_id": caller.new_oauth_credential()["id"],
        "webhook_id": webhook["id"],
        "incoming_webhook_id": incoming.json["id"],
        "event_id": event["id"],
        "delivery_id": delivery["id"],
        "check_id": caller("POST", f"/webhooks/{webhook['id']}/checks").json["id"],
        "recovery_id": _recovery(caller, webhook["id"]),
        "incident_id": _incident(caller, webhook["id"]),
        "key": "invoice.paid",
        "space_id": "spc_ffffffffffff",
        "external_id": "nobodys-id",
        "kind": "tag",  # its ids are nobody else's
        "record_id": caller("POST", "/records/tag", {"name": "A"}).json["id"],
    }


def _incident(caller: Caller, webhook_id: str) -> str:
    with caller.client.application.app_context():
        space_id = db.session.get_one(Webhook, webhook_id).space_id
        incident = Incident(space_id=space_id, webhook_id=webhook_id, opened_at=utc_now(), reason="http_401")
        db.session.add(incident)
        db.session.commit()
        return incident.id


def _recovery(caller: Caller, webhook_id: str) -> str:
    """Of an event that happened while the webhook was off."""
    caller("POST", f"/webhooks/{webhook_id}/disable")
    caller.publish()
    caller("POST", f"/webhooks/{webhook_id}/enable", {"force": True})
    wanted = {"webhook_id": webhook_id, "since": "2020-01-01T00:00:00Z", "which": ["never_sent"]}
    return str(caller("POST", "/recoveries", wanted).json["id"])


def _send(caller: Caller, method: str, path: str) -> TestResponse:
    return caller(method, path, {}) if method in {"POST", "PUT", "PATCH"} else caller(method, path)


NOBODY = [
    None,
    "",
    "Bearer",
    "Bearer ",
    "Bearer hd_wrong",
    "Basic aGQ6aGQ=",
    "hd_key",
    "Bearer \xff",
    "Bearer a b",
]


@pytest.mark.parametrize("authorization", NOBODY)
def test_without_a_key_every_route_answers_401(app: Flask, authorization: str | None) -> None:
    client = app.test_client()
    headers = {} if authorization is None else {"Authorization": authorization}
    routes = list(_routes(app))
    assert len(routes) >= 20
    for _scope, method, rule in routes:
        answer = client.open(_path_of_nothing(rule), method=method, headers=headers)
        problem(answer, 401, "unauthorized")
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Hookdesk"'


def _path_of_nothing(rule: Rule) -> str:
    path = rule.rule
    for name in rule.arguments:
        path = path.replace(f"<{name}>", "x_1")
    return path


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_what_its_scope_says_and_nothing_else(
    app: Flask, space_id: str, call: Caller, scope: str
) -> None:
    ids = _ids(call)
    caller = caller_in(app, space_id, scope)
    for needed, method, rule in sorted(_routes(app), key=lambda route: route[1] == "DELETE"):
        answer = _send(caller, method, _path(rule, ids))
        if scope == needed or (scope == ADMINISTRATIVE and needed in SCOPES):
            assert answer.status_code not in {401, 403, 404, 405, 500}, rule
        else:
            body = problem(answer, 403, "missing-scope")
            assert body["scope"] == needed
            assert needed in body["detail"]
            assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]


def test_another_spaces_id_is_not_found(app: Flask, call: Caller, other: Caller) -> None:
    ids = _ids(other)
    for _scope, method, rule in _routes(app):
        if _scope in OF_INSTANCE:
            problem(_send(call, method, _path(rule, ids)), 403, "missing-scope")
        elif rule.arguments - {"kind"} and method != "PUT":  # a PUT makes an event type of our own
            problem(_send(call, method, _path(rule, ids)), 404, "not-found")


@pytest.mark.parametrize("scope", INSTANCE_SCOPES)
def test_a_key_of_the_instance_opens_what_its_scope_says_in_the_space_it_names(
    app: Flask, space_id: str, call: Caller, other: Caller, scope: str
) -> None:
    """Own space by the header: as a key of the space. What is another space's: not found. No space: refused."""
    with app.test_request_context():
        space = db.session.get_one(Space, space_id)
        space.external_id = "acme"
        db.session.commit()
    ids = {**_ids(call), "space_id": space_id}
    foreign = {**_ids(other), "key": "invoice.unknown"}
    host = host_with(app, scope)
    named = {"Hookdesk-Space": "ext:acme"}
    archiving = "api.archive_space"
    for needed, method, rule in sorted(
        _routes(app), key=lambda route: (route[1] == "DELETE", route[2].endpoint == archiving)
    ):
        body = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
        own = host(method, _path(rule, ids), headers=named, **body)
        if needed != scope and not (scope == ADMINISTRATIVE and needed in SCOPES):
            assert problem(own, 403, "missing-scope")["scope"] == needed
            continue
        assert own.status_code not in {401, 403, 404, 405, 500}, (rule, own.text)
        if needed in SCOPES:
            alone = host(method, _path(rule, ids), **body)
            assert (
                alone.status_code == 400
                or rule.endpoint.endswith("event_type")
                or "event_types" in rule.endpoint
            )
        if rule.arguments - {"kind"} and method != "PUT":
            problem(host(method, _path(rule, foreign), headers=named, **body), 404, "not-found")


def test_no_list_shows_anything_of_another_space(app: Flask, call: Caller, other: Caller) -> None:
    foreign = _ids(other)
    _ids(call)
    for path in (
        "/webhooks",
        "/oauth-credentials",
        "/events",
        "/deliveries",
        "/event-types?limit=200",
        "/records/tag",
    ):
        text = call("GET", path).text
        assert not [one for name, one in foreign.items() if name not in {"key", "kind"} and one in text], path
    for filters in (f"webhook_id={foreign['webhook_id']}", f"event_id={foreign['event_id']}"):
        assert call("GET", f"/deliveries?{filters}").json["data"] == []
    for found in (foreign["event_id"], foreign["delivery_id"]):
        assert call("GET", f"/deliveries?q={found}").json["data"] == []
    assert call("GET", f"/events?q={foreign['event_id']}").json["data"] == []


def test_an_ended_key_is_no_key(app: Flask, call: Caller) -> None:
    with app.app_context():
        db.session.query(ApiKey).update({"expires_at": utc_now() - timedelta(seconds=1)})
        db.session.commit()
    problem(call("GET", "/webhooks"), 401, "unauthorized")


def test_the_scheme_may_be_written_in_any_case(call: Caller) -> None:
    assert call("GET", "/webhooks", headers={"Authorization": f"bearer  {call.key}"}).status_code == 200


def test_a_key_in_the_address_is_not_looked_at(app: Flask, call: Caller) -> None:
    assert app.test_client().get(f"/api/v1/webhooks?key={call.key}").status_code == 401


def test_the_api_sets_no_cookie(call: Caller) -> None:
    assert "Set-Cookie" not in call("GET", "/webhooks").headers


def test_an_undeclared_route_is_refused(app: Flask, call: Caller) -> None:
    app.view_functions["api.list_webhooks"] = lambda: "open by mistake"
    answer = call("GET", "/webhooks")
    problem(answer, 500, "internal")
    assert "open by mistake" not in answer.text
