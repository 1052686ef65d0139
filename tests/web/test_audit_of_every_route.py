"""Whatever changes something, from a page or by the API, leaves an entry: walked over the map of routes."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.core.digests import digest_of
from app.core.extensions import db
from app.core.route_policy import SCOPE
from app.models import Change, Delivery
from app.models.api_key import ADMINISTRATIVE
from app.models.delivery import FAILED
from app.models.instance_key import OF_INSTANCE
from app.queries.changes import changes_of
from app.queries.people import all_roles
from app.queries.recoveries.scope import Scope
from app.services import (
    api_keys,
    delivery_links,
    incoming,
    oauth_credentials,
    people,
    records,
    recoveries,
    spaces,
    webhooks,
)
from app.services import roles as roles_service
from app.services.developer_pages import end_link, make_link
from app.services.event_types import put_event_type
from app.services.events import publishing
from app.services.incoming import Maker
from app.services.incoming.own_services import set_service
from app.services.incoming.sources.crud import add_source
from app.services.instance_keys import create_instance_key
from app.services.people import invitations
from tests.web.conftest import PASSWORD, Visitor
from tests.web.portal import guest_in, new_link
from tests.web.test_defaults import CHOSEN
from tests.web.test_form import GOOD

pytestmark = pytest.mark.databases("sqlite")
_numbers = itertools.count()
SAFE = {"GET", "HEAD", "OPTIONS"}
CANARY = "canary-of-the-audit"
HERE = "http://127.0.0.1:9/"

# Routes that are unsafe and have nothing to tell of, and why.
NOTHING_TO_TELL = {
    "home.theme": "a choice that stays in the browser",
    "inbox.address": "what strangers send there is not what somebody here does",
    "incoming_door.call": "calls have a log of their own, and what they change tells of itself",
    "webhooks.conditions": "shows, and stores nothing",
    "webhooks.preview": "shows, and stores nothing",
    "webhooks.preview_new": "shows, and stores nothing",
    "people.update_rules": "tests/web/test_two_steps.py: whoever requires two steps needs them first",
    "account.keep_email": "tests/web/test_email_changes.py: it needs a change that was asked for",
    "password_resets.send": "tests/web/test_password_resets.py: it is told of those who have an account",
    "second_step.confirm": "tests/web/test_two_steps.py: it needs a log-in that waits",
    "password_resets.set_password": "tests/web/test_password_resets.py: it needs a letter",
    "joining.join": "tests/web/test_invitations.py: it needs a link",
    "joining.join_as_me": "tests/web/test_invitations.py: it needs a link",
    "email_changes.confirm": "tests/web/test_email_changes.py: it needs a letter",
    "two_steps.turn_on": "tests/web/test_two_steps.py: it needs a code",
    "two_steps.renew_codes": "tests/web/test_two_steps.py: it needs a code",
    "two_steps.turn_off": "tests/web/test_two_steps.py: it needs a code",
    "api.publish_event": "an event is its own record",
    "api.publish_batch": "an event is its own record",
    "spaces.leave": "nobody is left afterwards to go on here: tests/web/test_addresses_with_space.py",
}

HOOK: dict[str, Any] = {"name": "CRM", "url": HERE, "events": ["lead.created"], "headers": {"X-Key": CANARY}}
FORM = {**GOOD, "url": HERE}
CREDENTIAL_FORM = {
    "name": "CRM",
    "grant_type": "client_credentials",
    "token_url": "http://127.0.0.1:9/token",
    "client_id": "us",
    "client_secret": CANARY,
    "method": "POST",
    "send_in": "form",
}
CREDENTIAL = {
    "name": "Other",
    "token_url": "http://127.0.0.1:9/token",
    "parameters": {"client_id": "us", "client_secret": CANARY},
}
INCOMING_FORM = {"name": "In", "tools": "crm", "active": "1"}
SOURCE_FORM = {"preset": "github", "secret": CANARY, "becomes": "later"}

# What is sent, where the empty form or body changes nothing.
SENT: dict[str, dict[str, Any]] = {
    "webhooks.create": FORM,
    "webhooks.update": FORM,
    "webhooks.test": FORM,
    "webhooks.test_new": FORM,
    "webhooks.enable": {"force": "1"},
    "webhooks.use_new_address": {"was": HERE, "url": f"{HERE}/new"},
    "oauth_credentials.create": CREDENTIAL_FORM,
    "oauth_credentials.update": {**CREDENTIAL_FORM, "name": "CRM 3"},
    "api_keys.create": {"name": "Shop", "scopes": "events:write"},
    "roles.update": {"grant": "member:webhooks.view"},
    "defaults.update": CHOSEN,
    "inbox.answer": {"answer": "500"},
    "deliveries.resend": {"sure": "1"},
    "alerts.save": {"alert.stopped": "never"},
    "receiver_checks.schedule": {"every_days": "7"},
    "recoveries.create": {"failed": "1"},
    "delivery_links.give": {"days": "7"},
    "session.change_password": {"old": PASSWORD, "password": CANARY},
    "session.log_in": {"email": "owner@example.com", "password": PASSWORD},
    "people.invite": {"email": "invited-by-form@example.com"},
    "roles.create": {"name": "Day shift"},
    "spaces.choose_for_unfit_data": {"unfit_data": "refuse"},
    "roles.rename": {"name": "Other shift"},
    "account.change_email": {"new_email": "new-address@example.com", "password": PASSWORD},
    "api.create_api_key": {"name": "Made by API", "scopes": ["events:write"]},
    "incoming.create": INCOMING_FORM,
    "incoming.update": {**INCOMING_FORM, "name": "Other"},
    "incoming.add_source": {**SOURCE_FORM, "key": "other"},
    "incoming.change_source": {**SOURCE_FORM, "key": "another"},
    "incoming.set_service": {"tool": "tasks", "url": HERE},
    "api.create_incoming_webhook": {"name": "In", "tools": ["crm"]},
    "api.change_incoming_webhook": {"name": "Renamed"},
    "api.create_webhook": HOOK,
    "api.change_webhook": {"name": "Renamed"},
    "api.test_unsaved_webhook": HOOK,
    "api.enable_webhook": {"force": True},
    "api.create_oauth_credential": CREDENTIAL,
    "api.change_oauth_credential": {"name": "Renamed"},
    "api.create_record": {"title": "Rooftop"},
    "api.change_record": {"title": "Another rooftop"},
    "api.write_event_type": {"sample": {"id": 2}},
    "api.change_event_settings": {"unfit_data": "mark"},
    "api.change_webhook_defaults": {"timeout_s": 8},
    "spaces.update": {"name": "Acme", "retention_days": "7"},
    "spaces.delete": {"name": "Acme"},
    "api.put_space": {"name": "Customer"},
    "api.make_portal_link": {"permissions": ["webhooks.view"]},
}
# The state that the webhook must be in first.
ENDS_THE_SPACE = ("spaces.archive", "spaces.delete", "api.archive_space")
OFF_FIRST = {"webhooks.enable", "api.enable_webhook"}
PAUSED_FIRST = {"webhooks.resume", "api.resume_webhook"}
STARTED_FIRST = {"recoveries.stop", "api.stop_recovery"}
CONFIRMING = {"webhooks.confirmation", "api.send_confirmation"}
CODE = {"grant_type": "authorization_code", "client_id": "us", "code": "{{generated_code}}"}


def unsafe(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - SAFE):
            # Each tool has routes of its own for records: `test_records` asks the same of one kind.
            if rule.endpoint not in NOTHING_TO_TELL and not rule.endpoint.startswith("records."):
                yield rule, method


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "SMTP_URL": "smtp://127.0.0.1:9"}


@pytest.fixture
def things(app: Flask, space_id: str) -> Callable[[str], dict[str, str]]:
    """Makes what routes name by id, in the state that the route needs."""

    def make(endpoint: str) -> dict[str, str]:
        with app.test_request_context():
            more = {"verification": "confirmation" if endpoint in CONFIRMING else "ping"}
            hook = webhooks.create(space_id, {**HOOK, **more}).webhook.id
            delivery_id = link_id = recovery_id = ""
            if endpoint not in OFF_FIRST | CONFIRMING:
                webhooks.enable(space_id, hook, force=True)
                event_id = publishing.publish(space_id, [{"type": "lead.created", "data": {}}])[0].id
                delivery = db.session.query(Delivery).filter_by(event_id=event_id, webhook_id=hook).one()
                delivery.status, delivery_id = FAILED, delivery.id
                db.session.commit()
            if endpoint == "delivery_links.revoke":
                link_id = delivery_links.give(space_id, delivery_id, 7).link.id
            if endpoint in STARTED_FIRST:
                recovery_id = recoveries.start(Scope(space_id, hook, delivery_ids=(delivery_id,))).id
            if endpoint in PAUSED_FIRST:
                webhooks.pause(space_id, hook)
            connects = (
                {"parameters": CODE, "authorize_url": HERE} if endpoint == "oauth_credentials.connect" else {}
            )
            credential = oauth_credentials.create(space_id, {**CREDENTIAL, **connects}).id
            put_event_type(space_id, "invoice.paid", {"sample": {"id": 1}})
            key, _text = api_keys.create_key(space_id, "Shop", ["events:write"])
            incoming_names = incoming_things(space_id, active=endpoint != "incoming.turn_on")
            lead = records.create(space_id, "lead", {"title": "A"}).own_id
            if endpoint == "event_types.end_link":
                make_link(space_id)
            elif endpoint == "event_types.make_link":
                end_link(space_id)
            return {
                **incoming_names,
                "kind": "lead",
                "record_id": lead,
                "webhook_id": hook,
                "delivery_id": delivery_id,
                "link_id": link_id,
                "recovery_id": recovery_id,
                "credential_id": credential,
                "key_id": key.id,
                "api_key_id": key.id,
                "key": "invoice.paid",
                "space_id": space_id,
                "external_id": "customer-1",
                **_people(space_id, endpoint),
                "change_id": _a_change(space_id, hook),
            }

    return make


def _people(space_id: str, endpoint: str) -> dict[str, str]:
    """Somebody else in the space, somebody invited, a role that nobody has, and a log-in of the owner elsewhere."""
    roles = {role.key: role for role in all_roles(space_id)}
    number = next(_numbers)
    member = people.create_person(f"member{number}@example.com", PASSWORD, space_id, "member")
    invited = invitations.invite(
        space_id, f"new{number}@example.com", roles["member"].id, roles["owner"], "owner@example.com"
    )
    elsewhere = people.log_in("owner@example.com", SENT["session.log_in"]["password"], "192.0.2.1", "")
    role = roles_service.create(space_id, f"Shift {number}") if endpoint.startswith("roles.") else member
    return {
        "person_id": member.id,
        "invitation_id": invited.invitation.id,
        "role_id": role.id,
        "session_id": digest_of(str(elsewhere)),
        "support_id": roles["support"].id,
    }


def _a_change(space_id: str, webhook_id: str) -> str:
    webhooks.update(space_id, webhook_id, {"name": "Before it is reverted"})
    return changes_of(space_id, webhook_id).changes[0].id


def incoming_things(space_id: str, active: bool) -> dict[str, str]:
    made = incoming.create(space_id, {"name": "In", "tools": ["events"], "active": active}, Maker(None))
    data = {"key": "hub", "preset": "github", "secret": CANARY}
    source_id = add_source(space_id, made.id, data).id
    set_service(space_id, {"tool": "crm", "url": HERE})
    return {"incoming_webhook_id": made.id, "source_id": source_id, "tool": "crm"}


def entries(app: Flask) -> list[Change]:
    with app.test_request_context():
        db.session.expire_all()
        return db.session.query(Change).order_by(Change.id).all()


def test_every_unsafe_route_leaves_an_entry_and_no_secret(
    app: Flask, log_in: Callable[[str], Any], space_id: str, things: Callable[[str], dict[str, str]]
) -> None:
    owner = Visitor(log_in("owner"))
    with app.test_request_context():
        _key, text = api_keys.create_key(space_id, "All", [ADMINISTRATIVE], action_api=True)
        _key, host_text = create_instance_key(OF_INSTANCE, "Host")
    silent = []
    routes = sorted(unsafe(app), key=lambda one: one[0].endpoint.startswith("session."))
    for rule, method in routes:
        endpoint = rule.endpoint
        names = things(endpoint)
        path = rule.build({name: names[name] for name in rule.arguments})[1]  # type: ignore[index]
        if endpoint in ("spaces.restore", "api.end_portal_links"):
            with app.test_request_context():
                spaces.archive(space_id) if endpoint == "spaces.restore" else new_link(app, space_id)
        before = len(entries(app))
        of_host = _declared(app, rule) in OF_INSTANCE
        key = host_text if of_host else text
        if endpoint == "portal.leave":
            status = guest_in(app, space_id).post("/leave").status_code
        else:
            status = _send(app, owner, key, endpoint, method, path, {**names, "space_id": space_id})
        if len(entries(app)) == before + (2 if endpoint == "portal.leave" else 0):
            silent.append((endpoint, method, status))
        if endpoint in ENDS_THE_SPACE:
            with app.test_request_context():
                spaces.restore(space_id)
        if endpoint in ("session.log_out", "session.change_password"):
            password = CANARY if endpoint == "session.change_password" else PASSWORD
            owner.post("/login", email="owner@example.com", password=password)
            SENT["session.log_in"]["password"] = password
    assert silent == []
    told = " ".join(str([one.details, one.actor_name, one.subject_id]) for one in entries(app))
    assert CANARY not in told and PASSWORD not in told


def _declared(app: Flask, rule: Rule) -> str:
    return str(getattr(app.view_functions[rule.endpoint], "declared", "")).removeprefix(SCOPE)


def _send(
    app: Flask, owner: Visitor, key: str, endpoint: str, method: str, path: str, names: dict[str, str]
) -> int:
    sent = SENT.get(endpoint, {})
    if endpoint == "session.switch_space":
        sent = {"space_id": names["space_id"]}
    if endpoint in ("people.invite", "people.change_role"):
        sent = {**sent, "role_id": names["support_id"]}
    if endpoint == "api.start_recovery":
        since = {"since": "2020-01-01T00:00:00Z", "which": ["failed"]}
        sent = {"webhook_id": names["webhook_id"], **since}
    if endpoint.startswith("api."):
        headers = {"Authorization": f"Bearer {key}"}
        body = {"json": sent} if method != "DELETE" else {}
        return app.test_client().open(path, method=method, headers=headers, **body).status_code
    if endpoint.startswith("action."):
        query = f"action=delete_webhook&id={names['webhook_id']}"
        signed = hashlib.md5((query + key).encode()).hexdigest()
        headers = {"Authorization": f"Bearer {key}"}
        return app.test_client().post(f"{path}?{query}&hash={signed}", headers=headers).status_code
    return owner.post(path, **sent).status_code
