"""Settings, API keys: shown once, ended at once, never more than their maker may do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core import expiring_cache
from app.core.errors import Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.models import ApiKey, Role
from app.services import api_keys
from tests.web.people import Someone, somebody

KEY = re.compile(r"hkd_[0-9A-Za-z]{49}")


def _make(owner: Someone, *scopes: str) -> str:
    answer = owner.post("/settings/api-keys", {"name": "Shop", "scopes": list(scopes)})
    assert answer.status_code == 201
    found = KEY.search(answer.text)
    assert found
    return found[0]


def test_a_key_is_shown_once_with_an_example(app: Flask, owner: Someone) -> None:
    answer = owner.post("/settings/api-keys", {"name": "Shop", "scopes": ["events:write"]})
    key = KEY.search(answer.text)
    assert key
    assert f"Authorization: Bearer {key[0]}" in answer.text
    assert "http://localhost/api/v1/events" in answer.text
    again = owner.get("/settings/api-keys").text
    assert key[0] not in again
    assert "Shop" in again
    assert key[0][-4:] in again


def test_only_a_hash_of_it_is_kept(app: Flask, owner: Someone) -> None:
    key = _make(owner, "events:write")
    with app.app_context():
        row = db.session.query(ApiKey).one()
        kept = {column.key: getattr(row, column.key) for column in ApiKey.__table__.columns}
    assert key not in str(kept)
    assert len(kept["key_hash"]) == 64
    assert kept["created_by"]


def test_a_key_works_until_it_is_ended(app: Flask, owner: Someone) -> None:
    key = _make(owner, "webhooks:read")
    headers = {"Authorization": f"Bearer {key}"}
    assert app.test_client().get("/api/v1/webhooks", headers=headers).status_code == 200
    with app.app_context():
        key_id = db.session.query(ApiKey.id).scalar()
    assert owner.post(f"/settings/api-keys/{key_id}/revoke").status_code == 303
    assert app.test_client().get("/api/v1/webhooks", headers=headers).status_code == 401
    assert "The key no longer works." in owner.get("/settings/api-keys").text


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [
        ("", ["events:write"], "Enter a name"),
        ("x" * 201, ["events:write"], "Use at most 200 characters."),
        ("a\nb", ["events:write"], "Use printable characters only."),
        ("Shop", [], "Choose at least one of these"),
        ("Shop", ["everything"], "Choose at least one of these"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_stays(
    owner: Someone, name: str, scopes: list[str], words: str
) -> None:
    answer = owner.post("/settings/api-keys", {"name": name, "scopes": scopes})
    assert answer.status_code == 422
    assert words in answer.text
    assert KEY.search(answer.text) is None


def test_nobody_gives_a_key_more_than_they_may_do(
    app: Flask, space_id: str, add_person: Callable[..., str]
) -> None:
    with app.app_context():
        db.session.add(
            Role(space_id=space_id, key="keys", name="Keys", permissions=["api_keys.manage", "webhooks.view"])
        )
        db.session.commit()
    someone = somebody(app, add_person("keys")).log_in()
    page = someone.get("/settings/api-keys").text
    assert 'value="deliveries:read"' in page
    assert 'value="webhooks:write"' not in page
    for scope in ("webhooks:write", "deliveries:resend", "administrative"):
        answer = someone.post("/settings/api-keys", {"name": "Shop", "scopes": [scope]})
        assert answer.status_code == 422


def test_a_key_ends_by_itself(app: Flask, space_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.test_request_context():
        end = utc_now() + timedelta(hours=1)
        key, text = api_keys.create_key(space_id, "Shop", ["events:write"], expires_at=end)
        assert api_keys.find_key(text) is not None
        assert key.expires_at == end
        monkeypatch.setattr(api_keys.keys, "utc_now", lambda: end)
        assert api_keys.find_key(text) is None
        monkeypatch.undo()
        with pytest.raises(Invalid, match="still to come"):
            api_keys.create_key(space_id, "Shop", ["events:write"], expires_at=utc_now())


def test_a_key_that_another_process_revoked_ends_within_a_second(
    app: Flask, space_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.test_request_context():
        _key, text = api_keys.create_key(space_id, "Shop", ["events:write"])
        assert api_keys.find_key(text) is not None
        db.session.query(ApiKey).update({"revoked_at": utc_now()})
        db.session.commit()
        in_a_second = time.monotonic() + 1
        monkeypatch.setattr(expiring_cache.time, "monotonic", lambda: in_a_second)
        assert api_keys.find_key(text) is None


def test_a_key_that_is_revoked_here_ends_at_once(app: Flask, space_id: str) -> None:
    with app.test_request_context():
        key, text = api_keys.create_key(space_id, "Shop", ["events:write"])
        assert api_keys.find_key(text) is not None
        api_keys.revoke_key(space_id, key.id)
        assert api_keys.find_key(text) is None


def test_a_key_of_another_space_cannot_be_ended(app: Flask, space_id: str, other_space_id: str) -> None:
    with app.test_request_context():
        key, text = api_keys.create_key(other_space_id, "Shop", ["events:write"])
        with pytest.raises(NotFound):
            api_keys.revoke_key(space_id, key.id)
        assert api_keys.find_key(text) is not None


@pytest.mark.parametrize("text", ["", "hd_", "hd_" + "a" * 43, "\0", "x" * 10_000, "ключ"])
def test_what_is_no_key_finds_none(app: Flask, space_id: str, text: str) -> None:
    with app.app_context():
        assert api_keys.find_key(text) is None


def test_a_key_may_end_on_a_day(app: Flask, owner: Someone) -> None:
    form = {"name": "Shop", "scopes": ["events:write"], "expires_at": "2099-12-31"}
    assert owner.post("/settings/api-keys", form).status_code == 201
    with app.app_context():
        end = db.session.query(ApiKey).one().expires_at
    assert end is not None
    assert end.isoformat() == "2099-12-31T00:00:00+00:00"
    assert "31 Dec 2099, 00:00:00 UTC" in owner.get("/settings/api-keys").text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("tomorrow", "Enter a day such as 2026-12-31."),
        ("2026-13-01", "Enter a day such as 2026-12-31."),
        ("2020-01-01", "Choose an end that is still to come."),
    ],
)
def test_an_end_that_makes_no_sense_is_said_and_stays(owner: Someone, typed: str, words: str) -> None:
    form = {"name": "Shop", "scopes": ["events:write"], "expires_at": typed}
    answer = owner.post("/settings/api-keys", form)
    assert answer.status_code == 422
    assert words in answer.text
    assert f'value="{typed}"' in answer.text


def test_a_key_for_the_action_api_says_why_a_token_is_better(app: Flask, owner: Someone) -> None:
    assert "The bearer token is better" in owner.get("/settings/api-keys").text
    form = {"name": "S1", "scopes": ["administrative"], "action_api": "1"}
    answer = owner.post("/settings/api-keys", form)
    assert answer.status_code == 201
    key = KEY.search(answer.text)
    assert key
    assert "/api/admin/v2/?$Q" in answer.text
    with app.app_context():
        row = db.session.query(ApiKey).one()
        assert row.for_action_api
        assert key[0] not in str(row.encrypted_text)
    listed = owner.get("/settings/api-keys").text
    assert "Signs for the action API" in listed
    assert key[0] not in listed


def test_the_action_api_wants_a_key_that_may_do_everything(owner: Someone) -> None:
    answer = owner.post("/settings/api-keys", {"name": "S1", "scopes": ["webhooks:write"], "action_api": "1"})
    assert answer.status_code == 422
    assert "needs a key that may do everything" in answer.text
    assert 'id="action_api-1" value="1" checked' in answer.text


def test_who_may_not_do_everything_makes_no_key_for_the_action_api(
    app: Flask, space_id: str, add_person: Callable[..., str]
) -> None:
    with app.app_context():
        db.session.add(Role(space_id=space_id, key="keys", name="Keys", permissions=["api_keys.manage"]))
        db.session.commit()
    someone = somebody(app, add_person("keys")).log_in()
    assert "action_api" not in someone.get("/settings/api-keys").text
    form = {"name": "S1", "scopes": ["administrative"], "action_api": "1"}
    assert someone.post("/settings/api-keys", form).status_code == 422
