"""Revert a change with one click, also a revert; secrets stay out; a newer change is asked about."""

from __future__ import annotations

import pytest

from app.core.extensions import db
from app.models import Change
from app.queries.changes import changes_of
from app.queries.webhooks.listing import get_webhook
from app.services import webhooks
from app.services.webhooks.settings import settings_of

pytestmark = pytest.mark.databases("sqlite")
HOST = "https://crm.example.com/hook"


@pytest.fixture
def hook(app, space_id) -> str:
    """A webhook with a password and headers."""
    data = {
        "name": "CRM sync",
        "url": HOST,
        "events": ["lead.created"],
        "auth": {"kind": "basic", "username": "ada", "password": "canary"},
        "headers": {"X-Team": "blue", "X-Api-Key": "canary"},
    }
    with app.test_request_context():
        return webhooks.create(space_id, data).webhook.id


@pytest.fixture
def edit(app, space_id, hook):
    """Changes settings; returns the id of the change."""

    def do(**data) -> str:
        with app.test_request_context():
            webhooks.update(space_id, hook, data)
            return newest()[0].id

    def newest() -> list[Change]:
        return list(changes_of(space_id, hook).changes)

    return do


@pytest.fixture
def now(app, space_id, hook):
    """The settings as they are."""

    def read() -> dict:
        with app.test_request_context():
            db.session.expire_all()
            return settings_of(get_webhook(space_id, hook))

    return read


@pytest.fixture
def newest(app, space_id, hook):
    """The newest change."""

    def read() -> Change:
        with app.test_request_context():
            return changes_of(space_id, hook).changes[0]

    return read


def revert(admin, hook: str, change_id: str, **form):
    return admin.post(f"/webhooks/{hook}/changes/{change_id}/revert", **form)


CHANGES = {
    "events": ["deal.created"],
    "retry": {"schedule": [60]},
    "conditions": [{"field": "stage", "op": "is", "value": "won"}],
    "payload": {"mode": "fields", "fields": [{"path": "id", "name": "number"}]},
    "headers": {"X-Team": "red", "X-New": "1", "X-Api-Key": None},
    "success": {"rule": "status_ok"},
    "projects": ["7"],
    "rate_per_s": 5,
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_setting_comes_back(admin, hook, edit, now, name):
    before = now()
    change = edit(**{name: CHANGES[name]})
    assert now() != before
    answer = revert(admin, hook, change)
    assert (answer.status_code, answer.location) == (303, f"/webhooks/{hook}/changes")
    assert now() == before


def test_a_revert_can_be_reverted(admin, hook, edit, now, newest):
    change = edit(timeout_s=9, name="CRM")
    revert(admin, hook, change)
    assert newest().kind == "reverted"
    page = admin.get(f"/webhooks/{hook}/changes").text
    assert "Reverted" in page
    assert page.count("/revert") == 2
    revert(admin, hook, newest().id)
    assert (now()["timeout_s"], now()["name"]) == (9, "CRM")


def test_a_newer_change_is_shown_and_asked_about(admin, hook, edit, now):
    older = edit(timeout_s=9)
    edit(timeout_s=12)
    answer = revert(admin, hook, older)
    assert answer.status_code == 409
    for said in ("It was changed again since", "9 seconds", "12 seconds", "5 seconds", "Revert anyway"):
        assert said in answer.text
    assert now()["timeout_s"] == 12
    assert revert(admin, hook, older, anyway="1").status_code == 303
    assert now()["timeout_s"] == 5


def test_secrets_stay_as_they_are_and_that_is_said(app, admin, hook, edit, now, space_id):
    change = edit(
        timeout_s=9,
        auth={"kind": "basic", "username": "ada", "password": "other"},
        headers={"X-Api-Key": "other"},
    )
    answer = revert(admin, hook, change)
    page = admin.get(answer.location).text
    assert "Reverted, but for passwords and keys" in page
    assert now()["timeout_s"] == 5
    with app.test_request_context():
        secrets = webhooks.settings.secrets_of(get_webhook(space_id, hook))
        assert (secrets.password, secrets.headers["X-Api-Key"]) == ("other", "other")


def test_what_cannot_come_back_says_why_and_changes_nothing(admin, hook, edit, now):
    change = edit(auth={"kind": "none"})
    answer = revert(admin, hook, change)
    assert answer.status_code == 422
    assert "Enter the password." in answer.text
    assert f"/webhooks/{hook}/settings" in answer.text
    assert now()["auth"]["kind"] == "none"


def test_what_is_back_already_says_so(admin, hook, edit):
    change = edit(timeout_s=9)
    edit(timeout_s=5)
    answer = revert(admin, hook, change)
    assert "These settings are what they were before this change." in admin.get(answer.location).text


def test_only_settings_can_be_reverted(app, admin, hook, newest, space_id, other_space_id):
    assert revert(admin, hook, newest().id).status_code == 404  # that it was created
    assert revert(admin, hook, "chg_000000000000").status_code == 404
    assert "/revert" not in admin.get(f"/webhooks/{hook}/changes").text


def test_support_sees_changes_and_may_not_revert(support, hook, edit):
    change = edit(timeout_s=9)
    assert "/revert" not in support.get(f"/webhooks/{hook}/changes").text
    assert revert(support, hook, change).status_code == 403


def test_a_change_of_secrets_alone_cannot_be_reverted(admin, hook, edit):
    change = edit(headers={"X-Team": "blue", "X-Api-Key": "other"})
    assert "/revert" not in admin.get(f"/webhooks/{hook}/changes").text
    assert revert(admin, hook, change).status_code == 404
