"""What was changed on a webhook stands on its page: who, when, from where, before and after."""

from __future__ import annotations

import html
import re

import pytest

from app.audit.differences import flat as by_name
from app.core.actor import KEY, PERSON, US
from app.core.extensions import db
from app.models import Change
from app.queries.changes import changes_of
from app.services import webhooks
from app.web.webhooks.change_words import field_words

SETTINGS = {
    "name": "CRM sync",
    "url": "https://crm.example.com/hook",
    "events": ["lead.created"],
    "auth": {"kind": "basic", "username": "ada", "password": "canary-one"},
    "headers": {"X-Team": "blue", "X-Api-Key": "canary-two"},
}
# What the table below goes back to each time.
BEFORE = {
    **SETTINGS,
    **{"format": "standard", "sns": {"signature_version": "1"}, "success": {"rule": "2xx"}},
    **{"payload": {"mode": "raw"}, "conditions": [], "timeout_s": 5, "failure_window_s": 0},
    **{"retry": {"schedule": [300, 600]}, "ordered": False},
}


@pytest.fixture
def kept(app, space_id):
    """The changes of a webhook, oldest first."""

    def read(webhook_id: str) -> list[Change]:
        with app.test_request_context():
            db.session.expire_all()
            return list(reversed(changes_of(space_id, webhook_id, limit=100).changes))

    return read


@pytest.fixture
def with_secrets(app, space_id) -> str:
    """A webhook with a password and a secret header."""
    with app.test_request_context():
        return webhooks.create(space_id, SETTINGS).webhook.id


def facts(change: Change) -> dict[str, tuple]:
    return {d["field"]: (d["before"], d["after"]) for d in change.details}


@pytest.mark.databases("sqlite")
def test_an_edit_is_kept_with_before_and_after_and_shown(app, admin, with_secrets, space_id, kept):
    with app.test_request_context():
        changed = {"name": "CRM", "timeout_s": 9, "events": ["deal.created"], "verification": "none"}
        webhooks.update(space_id, with_secrets, changed)
    edit = kept(with_secrets)[-1]
    assert edit.kind == "edited"
    assert facts(edit) == {
        "name": ("CRM sync", "CRM"),
        "events": (["lead.created"], ["deal.created"]),
        "timeout_s": (5, 9),
        "verification": ("ping", "none"),
    }
    text = flat(admin.get(f"/webhooks/{with_secrets}/changes").text)
    assert "before: CRM sync → after: CRM" in text
    assert "Time limit before: 5 seconds → after: 9 seconds" in text
    assert "before: Accept a test message → after: Nothing" in text


# What is set, and how the record says it: in the words of the form, never by a key or an id.
IN_WORDS = [
    ({"format": "sns"}, "Format before: Standard → after: Amazon SNS"),
    ({"format": "sns", "sns": {"signature_version": "2"}}, "as Amazon does by default → after: 2 (SHA-256)"),
    ({"success": {"rule": "status_ok"}}, "Any success code (200 to 299) → after: Exactly 200 with"),
    ({"events": ["deal.created", "task.completed"]}, "Lead created → after: Deal created, Task completed"),
    ({"auth": {"kind": "none"}}, "User name and password (Basic) → after: None: the signature is enough"),
    ({"payload": {"mode": "fields", "fields": [{"path": "a.b", "name": "c"}]}}, "a.b as “c”"),
    ({"payload": {"mode": "fields", "fields": [{"path": "a.b"}]}}, "Everything → after: Chosen fields"),
    ({"conditions": [{"field": "a", "op": "is_not", "value": 1}]}, "after: a is not “1”"),
    ({"timeout_s": 30}, "Time limit before: 5 seconds → after: 30 seconds"),
    ({"failure_window_s": 5400}, "0 seconds → after: 1 hour 30 minutes"),
    ({"retry": {"schedule": [90, 86400]}}, "then after 10 more → after: 1 minute 30 seconds, 1 day"),
    ({"retry": {"schedule": []}}, "after: Not at all"),
    ({"ordered": True}, "Strictly in order before: no → after: yes"),
]


@pytest.mark.databases("sqlite")
def test_values_are_said_as_the_form_says_them(app, admin, with_secrets, space_id, kept):
    with app.test_request_context():
        for changed, _said in IN_WORDS:
            webhooks.update(space_id, with_secrets, changed)
            webhooks.update(space_id, with_secrets, BEFORE)
        copy = webhooks.duplicate(space_id, with_secrets).webhook.id
        names = [name for name, _value in by_name(webhooks.settings_of(webhooks.find(space_id, copy)))]
        assert [name for name in names if field_words(name) == name] == []
    pages = [flat(admin.get(f"/webhooks/{with_secrets}/changes").text)]
    older = kept(with_secrets)[-25].id
    pages.append(flat(admin.get(f"/webhooks/{with_secrets}/changes", before=older).text))
    for _changed, said in IN_WORDS:
        assert any(said in page for page in pages), said
    assert "Copy of after: CRM sync" in flat(admin.get(f"/webhooks/{copy}/changes").text)


def flat(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", page)))


@pytest.mark.databases("sqlite")
def test_saving_without_a_change_leaves_no_trace(app, with_secrets, space_id, kept):
    with app.test_request_context():
        webhooks.update(space_id, with_secrets, {"events": ["lead.created"], "name": "CRM sync"})
    assert [c.kind for c in kept(with_secrets)] == ["created"]


@pytest.mark.databases("sqlite")
def test_of_secrets_only_that_they_changed_is_kept(app, admin, with_secrets, space_id, kept):
    both = {"auth": {"password": "canary-three"}, "headers": {"X-Team": "blue", "X-Api-Key": "canary-4"}}
    with app.test_request_context():
        webhooks.update(space_id, with_secrets, both)
        webhooks.update(space_id, with_secrets, {"headers": {"X-Team": "blue"}})
        webhooks.rotate_secret(space_id, with_secrets)
    created, both, removed, rotated = kept(with_secrets)
    masked = "••••"
    assert facts(created)["auth.password"] == (None, masked)
    assert facts(both) == {"auth.password": (masked, masked), "headers.X-Api-Key": (masked, masked)}
    assert facts(removed) == {"headers.X-Api-Key": (masked, None)}
    assert rotated.kind == "key_rotated"
    page = admin.get(f"/webhooks/{with_secrets}/changes").text
    rows = [list(row) for row in db_dump(app)]
    assert "canary" not in page + repr(rows)
    assert "whsec_" not in page + repr(rows)
    assert "Request header X-Api-Key" in page


def db_dump(app):
    with app.test_request_context():
        return db.session.execute(db.session.query(Change).statement.with_only_columns(*Change.__table__.c))


@pytest.mark.databases("sqlite")
def test_everything_a_person_does_is_kept_with_who_and_from_where(admin, new_webhook, new_delivery, kept):
    webhook_id = new_webhook(state="off")
    new_delivery(webhook_id, "held")
    at = f"/webhooks/{webhook_id}"
    admin.post(f"{at}/enable", force="1")
    admin.post(f"{at}/pause")
    admin.post(f"{at}/resume", held="skip")
    admin.post(f"{at}/resume", held="send")
    admin.post(f"{at}/disable")
    admin.post(f"{at}/secret-key")
    admin.post(f"{at}/secret-key/end-old")
    admin.post(f"{at}/delete")
    done = kept(webhook_id)
    assert [c.kind for c in done] == [
        *("turned_on", "paused", "resumed", "held_sent", "turned_off"),
        *("key_rotated", "old_keys_ended", "deleted"),
    ]
    assert {(c.actor_kind, c.actor_name, c.address) for c in done} == {
        (PERSON, "admin@example.com", "127.0.0.1")
    }
    assert facts(done[0]) == {"state": ("off", "on"), "force": (None, True)}
    assert facts(done[2]) == {"state": ("paused", "on"), "held": (None, "skip")}
    page = admin.get(f"{at}/changes")
    assert page.status_code == 200
    assert "admin@example.com" in page.text and "from 127.0.0.1" in page.text


@pytest.mark.databases("sqlite")
def test_a_copy_says_of_what(admin, a_webhook, kept):
    form = admin.get("/webhooks/new", copy=a_webhook).text
    assert f'name="copied_from" value="{a_webhook}"' in form
    answer = admin.post(
        "/webhooks/new",
        name="Copy",
        url="https://crm.example.com/hook",
        events="lead.created",
        timeout_s="5",
        failure_limit="10",
        failure_window_min="0",
        max_in_flight="10",
        copied_from=a_webhook,
    )
    made = re.search(r"whk_[0-9a-f]+", answer.location)[0]
    assert facts(kept(made)[0])["copied_from"] == (None, a_webhook)


@pytest.mark.databases("sqlite")
def test_what_is_not_done_is_not_kept(app, admin, new_webhook, receiver, kept):
    from tests.machine.receiver import Answer

    receiver.always(Answer(500))
    webhook_id = new_webhook(state="off", url=receiver.url)
    assert admin.post(f"/webhooks/{webhook_id}/enable").status_code == 409
    assert admin.post(f"/webhooks/{webhook_id}/pause", target="diagnosis").status_code == 409
    assert kept(webhook_id) == []


@pytest.mark.databases("sqlite")
def test_without_a_face_it_was_us(app, with_secrets, kept):
    assert [(c.actor_kind, c.address) for c in kept(with_secrets)] == [(US, "")]


def test_pages_go_by_key(app, admin, a_webhook, space_id):
    with app.test_request_context():
        for n in range(30):
            webhooks.update(space_id, a_webhook, {"timeout_s": n % 2 + 10})
        first = changes_of(space_id, a_webhook)
        second = changes_of(space_id, a_webhook, first.next_id)
        assert (len(first.changes), len(second.changes), second.next_id) == (25, 5, None)
    page = admin.get(f"/webhooks/{a_webhook}/changes").text
    older = re.search(r'href="([^"]*before=[^"]*)"', page)[1]
    assert "Newest" in admin.get(older).text
    assert admin.get(f"/webhooks/{a_webhook}/changes", before="' or 1=1").status_code == 200


@pytest.mark.databases("sqlite")
def test_support_may_look(support, a_webhook):
    assert support.get(f"/webhooks/{a_webhook}/changes").status_code == 200
    assert "Nothing was changed yet" in support.get(f"/webhooks/{a_webhook}/changes").text


def test_an_api_key_is_named(app, space_id, kept):
    from tests.api.conftest import caller_in

    call = caller_in(app, space_id)
    made = call.new_webhook()
    call("PATCH", f"/webhooks/{made['id']}", {"name": "B"})
    copy = call("POST", f"/webhooks/{made['id']}/duplicate").json
    assert facts(kept(copy["id"])[0])["copied_from"] == (None, made["id"])
    assert {(c.actor_kind, c.actor_name) for c in kept(made["id"])} == {(KEY, "Shop")}
    listed = call("GET", f"/webhooks/{made['id']}/changes").json
    assert [c["kind"] for c in listed["data"]] == ["edited", "turned_on", "created"]
    assert listed["data"][0]["changes"] == [
        {"field": "name", "before": "CRM sync", "after": "B", "secret": False}
    ]
    assert listed["data"][0]["by"]["name"] == "Shop"
    first = call("GET", f"/webhooks/{made['id']}/changes?limit=2").json
    rest = call("GET", f"/webhooks/{made['id']}/changes?limit=2&cursor={first['next_cursor']}").json
    assert [c["kind"] for c in rest["data"]] == ["created"]
    call("DELETE", f"/webhooks/{made['id']}")
    assert call("GET", f"/webhooks/{made['id']}/changes").json["data"][0]["kind"] == "deleted"
    other = caller_in(app, _other_space(app))
    assert other("GET", f"/webhooks/{made['id']}/changes").status_code == 404


def _other_space(app) -> str:
    from app.services import spaces

    with app.test_request_context():
        return spaces.create_space("Borealis").id
