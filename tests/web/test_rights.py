"""Who may call what: role by route by own and other space, generated from the routes themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.extensions import db
from app.core.route_policy import LOGGED_IN, PUBLIC, SCOPE
from app.core.times import utc_now
from app.ledger.attempt_row import unknown_outcome_row
from app.models import Attempt, Delivery, Incident, OwnService, Role
from app.models.role import BUILT_IN, PERMISSIONS, VIEW_WEBHOOKS
from app.queries.changes import changes_of
from app.queries.people import all_roles
from app.queries.recoveries.scope import Scope
from app.services import api_keys, delivery_links, incoming, oauth_credentials, people, recoveries, webhooks
from app.services import roles as roles_service
from app.services.events import publishing
from app.services.incoming import Maker
from app.services.incoming.own_services import set_service
from app.services.incoming.sources.crud import add_source
from app.services.people import invitations
from app.services.portal.schema import PORTAL_PERMISSIONS
from app.services.receiver_checks import asking
from app.web.portal.policy import NOT_HERE, OPEN
from tests.web.people import PASSWORD, Someone, somebody, token_in
from tests.web.portal import Guest, guest_in

SAFE = {"GET", "HEAD", "OPTIONS"}
# Declared open to everybody: the log-in itself, what watches the process, what only knows its own address.
PUBLIC_ENDPOINTS = {
    *(
        "static",
        "problem",
        "api.docs",
        "api.openapi_document",
        "api.incoming_document",
        "health.alive",
        "health.ready",
    ),
    "metrics.metrics",
    *(
        "session.login",
        "session.log_in",
        "home.theme",
        "home.help_page",
        "home.api_section",
        "inbox.address",
        *("second_step.code", "second_step.confirm", "single_sign_on.begin", "single_sign_on.callback"),
        *("password_resets.ask", "password_resets.send"),
        *("password_resets.choose", "password_resets.set_password"),
        *("joining.invitation", "joining.join", "email_changes.question", "email_changes.confirm"),
        "incoming_door.call",
        "confirmation.follow_link",
        "shared_delivery.show",
        "sns.certificate",
        "portal.enter",
    ),
    *("developers.show", "developers.document"),
}
LOGGED_IN_ENDPOINTS = {
    *("session.log_out", "session.password", "session.change_password", "session.switch_space"),
    *("home.settings", "oauth_callback.moved"),
    *("spaces.index", "spaces.ask_leave", "spaces.leave", "portal.leave", "portal.look"),
    *("records.index", "alerts.save"),
    "joining.join_as_me",
    *("account.index", "account.change_email", "account.keep_email"),
    *("account.end_session", "account.end_other_sessions"),
    *("two_steps.index", "two_steps.begin", "two_steps.turn_on", "two_steps.turn_off"),
    "two_steps.renew_codes",
}
# What they name is gone after them.
LAST = {
    *("webhooks.delete", "api_keys.revoke", "oauth_credentials.delete"),
    *("people.remove", "people.withdraw", "roles.delete"),
    *("incoming.delete", "incoming.delete_source", "incoming.remove_service"),
}
ROLES = [None, *BUILT_IN]
AT_THE_END = ("roles.update", "spaces.delete", "spaces.archive", "spaces.restore")
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def things(app: Flask, space_id: str, other_space_id: str) -> dict[str, dict[str, str]]:
    """What routes name by id, in each space: a webhook that is on, a delivery of it, a key."""
    return {space: _things(app, space) for space in (space_id, other_space_id)}


def _things(app: Flask, space_id: str) -> dict[str, str]:
    with app.test_request_context():
        webhook_id = webhooks.create(
            space_id, {"name": "CRM", "url": "http://127.0.0.1:9/", "events": ["lead.created"]}
        ).webhook.id
        webhooks.enable(space_id, webhook_id, force=True)
        event_id = publishing.publish(space_id, [{"type": "lead.created", "data": {}}])[0].id
        delivery_id = db.session.query(Delivery.id).filter_by(event_id=event_id).scalar()
        oauth_credential = {"client_id": "us", "client_secret": "canary"}
        credential_id = oauth_credentials.create(
            space_id, {"name": "CRM", "token_url": "http://127.0.0.1:9/", "parameters": oauth_credential}
        ).id
        key, _text = api_keys.create_key(space_id, "Shop", ["events:write"])
        return {
            "webhook_id": webhook_id,
            "delivery_id": delivery_id,
            "link_id": delivery_links.give(space_id, delivery_id, 7).link.id,
            "recovery_id": recoveries.start(Scope(space_id, webhook_id, delivery_ids=(delivery_id,))).id,
            "attempt_id": _attempt(space_id, webhook_id, delivery_id),
            "event_id": event_id,
            "key_id": key.id,
            "credential_id": credential_id,
            "check_id": asking.ask(space_id, webhook_id).id,
            "change_id": _a_change(space_id, webhook_id),
            "incident_id": _an_incident(space_id, webhook_id),
            **_people(space_id),
            **_incoming_things(space_id),
        }


def _people(space_id: str) -> dict[str, str]:
    """A person, an invitation and a role of the space's own."""
    roles = {role.key: role for role in all_roles(space_id)}
    member = people.create_person(f"member@{space_id}.example", PASSWORD, space_id, "member")
    invited = invitations.invite(
        space_id, f"new@{space_id}.example", roles["member"].id, roles["owner"], "owner@example.com"
    )
    return {
        "person_id": member.id,
        "invitation_id": invited.invitation.id,
        "role_id": roles_service.create(space_id, "Night shift").id,
    }


def _a_change(space_id: str, webhook_id: str) -> str:
    webhooks.update(space_id, webhook_id, {"name": "Renamed"})
    return changes_of(space_id, webhook_id).changes[0].id


def _an_incident(space_id: str, webhook_id: str) -> str:
    incident = Incident(space_id=space_id, webhook_id=webhook_id, opened_at=utc_now(), reason="http_401")
    db.session.add(incident)
    db.session.commit()
    return incident.id


def _incoming_things(space_id: str) -> dict[str, str]:
    """An incoming webhook with a source, and a tool that this space alone passes on."""
    webhook_id = incoming.create(space_id, {"name": "In", "tools": ["events"]}, Maker(None)).id
    source_id = add_source(space_id, webhook_id, {"key": "hub", "preset": "none"}).id
    passed_on = [row.tool for row in db.session.query(OwnService)]
    tool = "tasks" if "crm" in passed_on else "crm"
    set_service(space_id, {"tool": tool, "url": "http://127.0.0.1:9/"})
    return {"incoming_webhook_id": webhook_id, "source_id": source_id, "tool": tool}


def _attempt(space_id: str, webhook_id: str, delivery_id: str) -> str:
    row = unknown_outcome_row(
        space_id, webhook_id, delivery_id, 1, "scheduled", 0, "POST", "http://127.0.0.1:9/"
    )
    attempt = Attempt(**{**row, "started_at": utc_now(), "status": 500, "response_body": b"no"})
    db.session.add(attempt)
    db.session.commit()
    return attempt.id


def _declared(app: Flask, rule: Rule) -> str | None:
    return getattr(app.view_functions[rule.endpoint], "declared", None)


def _guarded(app: Flask) -> Iterator[tuple[str, Rule, str]]:
    """(permission, rule, method) of every route that needs one; those of records have a matrix of their own."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("records."):
            continue
        declared = _declared(app, rule)
        if declared in PERMISSIONS:
            yield declared, rule, min((rule.methods or set()) - {"HEAD", "OPTIONS"})


def _call(someone: Someone | Guest, rule: Rule, method: str, ids: dict[str, str]) -> int:
    names = {name: ids[name] for name in rule.arguments}
    path = rule.build(names)[1]  # type: ignore[index]
    return (someone.get if method == "GET" else someone.post)(path).status_code


def test_every_route_declares_who_may_call_it(app: Flask) -> None:
    silent = [rule.endpoint for rule in app.url_map.iter_rules() if _declared(app, rule) is None]
    assert silent == []


def test_what_is_open_is_on_this_list(app: Flask) -> None:
    by_declaration: dict[str | None, set[str]] = {}
    for rule in app.url_map.iter_rules():
        by_declaration.setdefault(_declared(app, rule), set()).add(rule.endpoint)
    assert by_declaration.pop(PUBLIC) == PUBLIC_ENDPOINTS
    assert by_declaration.pop(LOGGED_IN) == LOGGED_IN_ENDPOINTS
    for declared, endpoints in by_declaration.items():
        is_scope = str(declared).startswith(SCOPE)
        assert is_scope == all(endpoint.startswith(("api.", "action.")) for endpoint in endpoints)
        assert is_scope or declared in PERMISSIONS


def test_nothing_is_changed_by_who_may_only_look(app: Flask) -> None:
    for permission, rule, _method in _guarded(app):
        if set(rule.methods or ()) - SAFE:
            assert permission != VIEW_WEBHOOKS, rule


def test_an_undeclared_route_is_refused(app: Flask, owner: Someone) -> None:
    app.view_functions["home.index"] = lambda: "open by mistake"
    answer = owner.get("/")
    assert answer.status_code == 500
    assert "open by mistake" not in answer.text


@pytest.mark.parametrize("role", ROLES)
def test_matrix(
    app: Flask,
    space_id: str,
    other_space_id: str,
    things: dict[str, dict[str, str]],
    add_person: Callable[..., str],
    role: str | None,
) -> None:
    """Nobody: to the log-in. Without the permission: 403, whatever the id. With it: own yes, other's 404."""
    someone = somebody(app, add_person(role)).log_in() if role else _nobody(app)
    allowed = Role(key=role, permissions=list(BUILT_IN[role][1])).held if role else ()
    for permission, rule, method in sorted(_guarded(app), key=_order):
        is_last = rule.endpoint in LAST
        other = _call(someone, rule, method, things[other_space_id])
        own = _call(someone, rule, method, things[space_id]) if not is_last else None
        if role is None:
            assert {other, own} <= {303, None}, rule
        elif permission not in allowed:
            assert {other, own} <= {403, None}, rule
        else:
            assert own is None or own not in {401, 403, 404, 405} and own < 500, (rule, own)
            if rule.arguments:
                assert other == 404, rule


def _order(one: tuple[str, Rule, str]) -> int:
    """An empty form takes every permission away, and in an archived space nothing is done: these come last."""
    endpoint = one[1].endpoint
    return AT_THE_END.index(endpoint) if endpoint in AT_THE_END else -1


def test_matrix_of_the_portal(
    app: Flask, space_id: str, other_space_id: str, things: dict[str, dict[str, str]]
) -> None:
    """With every right that a link can carry: as a role that has it. Without: 403. Another space's id: 404."""
    everything = guest_in(app, space_id, *PORTAL_PERMISSIONS)
    nothing = guest_in(app, space_id, "incoming.view")
    for permission, rule, method in sorted(_guarded(app), key=_order):
        is_last = rule.endpoint in {"webhooks.delete", "oauth_credentials.delete"}
        other = _call(everything, rule, method, things[other_space_id])
        own = _call(everything, rule, method, things[space_id]) if not is_last else None
        if rule.endpoint in NOT_HERE:
            assert {own, other} == {404}, rule
        elif permission not in PORTAL_PERMISSIONS:
            assert {own, other} == {403}, rule
        else:
            assert own is None or own not in {401, 403, 404, 405} and own < 500, (rule, own)
            if rule.arguments:
                assert other == 404, rule
            if permission not in {"incoming.view"}:
                assert _call(nothing, rule, method, things[space_id]) == 403, rule


def test_of_what_is_open_to_all_a_portal_has_a_few_pages(
    app: Flask, space_id: str, things: dict[str, dict[str, str]]
) -> None:
    guest = guest_in(app, space_id, *PORTAL_PERMISSIONS)
    for rule in app.url_map.iter_rules():
        of_pages = _declared(app, rule) in {PUBLIC, LOGGED_IN} and not rule.rule.startswith("/api")
        if of_pages and rule.endpoint not in OPEN:
            path = rule.build({name: things[space_id].get(name, "x") for name in rule.arguments})[1]  # type: ignore[index]
            assert guest.get(path).status_code in {404, 405}, rule
            assert guest.post(path).status_code in {404, 405}, rule


def test_no_page_shows_anything_of_another_space(
    app: Flask, space_id: str, other_space_id: str, things: dict[str, dict[str, str]], owner: Someone
) -> None:
    foreign = [other_space_id, *(one for name, one in things[other_space_id].items() if name != "tool")]
    shown = 0
    for _permission, rule, method in _guarded(app):
        if method == "GET":
            path = rule.build({name: things[space_id][name] for name in rule.arguments})[1]  # type: ignore[index]
            page = owner.get(path, follow_redirects=True).text
            assert not [one for one in foreign if one in page], rule
            shown += things[space_id]["webhook_id"] in page
    assert shown > 3


def test_the_page_names_the_missing_right(app: Flask, add_person: Callable[..., str]) -> None:
    answer = somebody(app, add_person("support")).log_in().get("/settings/api-keys")
    assert answer.status_code == 403
    assert "api_keys.manage" in answer.text
    assert "Ask an owner or admin" in answer.text


def test_a_role_that_changes_counts_from_the_next_request(
    app: Flask, space_id: str, owner: Someone, add_person: Callable[..., str]
) -> None:
    add_person("owner", email="another@example.com")
    assert owner.get("/settings/api-keys").status_code == 200
    add_person("support", email=owner.email)
    assert owner.get("/settings/api-keys").status_code == 403


def _nobody(app: Flask) -> Someone:
    someone = somebody(app, "")
    someone.token = token_in(someone.get("/login"))
    return someone
