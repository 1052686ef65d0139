"""When keys are used, and that people hear of their end a week before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask

from app.core.extensions import db
from app.core.times import utc_now
from app.models import ApiKey, Mail
from app.services import api_keys, people, spaces
from app.services.api_keys import ending, use

PASSWORD = "correct horse battery staple"


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    return {**settings, "SMTP_URL": "smtp://127.0.0.1:9"}


@pytest.fixture
def space_id(app: Flask) -> str:
    with app.test_request_context():
        made = str(spaces.create_space("Acme").id)
        people.create_person("owner@example.com", PASSWORD, made, "owner")
        people.create_person("member@example.com", PASSWORD, made, "member")
        return made


def make(app: Flask, space_id: str, days: float | None) -> ApiKey:
    with app.test_request_context():
        end = utc_now() + timedelta(days=days) if days is not None else None
        return api_keys.create_key(space_id, f"Shop {days}", ["events:write"], expires_at=end)[0]


def test_who_may_manage_keys_gets_one_letter_a_week_before(app: Flask, space_id: str):
    make(app, space_id, 6.9), make(app, space_id, 7.1), make(app, space_id, None)
    revoked = make(app, space_id, 2)
    with app.test_request_context():
        api_keys.revoke_key(space_id, revoked.id)
        assert (ending.tell_of_ends(), ending.tell_of_ends()) == (1, 0)
        letter = db.session.query(Mail).one()
    assert letter.recipient == "owner@example.com"
    assert letter.subject == "The API key “Shop 6.9” ends soon"
    assert "It was never used." in letter.body and "/settings/api-keys" in letter.body


def test_two_workers_who_look_at_once_write_one_letter(app: Flask, space_id: str):
    key = make(app, space_id, 3)

    def look(_worker: int) -> None:
        with app.test_request_context():
            ending.tell_of_ends()
            db.session.remove()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(look, range(4)))
    with app.test_request_context():
        assert db.session.query(Mail).count() == 1
        assert db.session.get(ApiKey, key.id).end_told_at is not None


def test_without_a_mail_server_nothing_is_marked(app_with, app: Flask, space_id: str):
    key = make(app, space_id, 3)
    with app_with(SMTP_URL="").test_request_context():
        assert ending.tell_of_ends() == 0
        assert db.session.get(ApiKey, key.id).end_told_at is None
        db.session.remove()


def test_use_is_written_at_most_once_a_minute(app: Flask, space_id: str, monkeypatch):
    key = make(app, space_id, None)

    def last() -> tuple[object, str]:
        with app.test_request_context():
            row = db.session.get(ApiKey, key.id)
            return row.last_used_at, row.last_used_from

    with app.test_request_context():
        api_keys.note_use(key, "192.0.2.1")
    first = last()
    assert first[1] == "192.0.2.1"
    with app.test_request_context():
        api_keys.note_use(key, "192.0.2.2")
    assert last() == first
    use._seen.forget(key.id)  # another process has not seen it, and finds it written
    with app.test_request_context():
        api_keys.note_use(key, "192.0.2.3")
    assert last() == first
    use._seen.forget(key.id)
    later = utc_now() + timedelta(seconds=61)
    monkeypatch.setattr(use, "utc_now", lambda: later)
    with app.test_request_context():
        api_keys.note_use(key, "192.0.2.4")
    assert last()[1] == "192.0.2.4"


def test_a_key_of_before_goes_on_working(app: Flask, space_id: str):
    text = "hd_" + "a" * 43
    with app.test_request_context():
        row = ApiKey(
            space_id=space_id,
            name="Old",
            key_hash=api_keys.digest_of(text),
            hint=text[-4:],
            scopes=["administrative"],
        )
        db.session.add(row)
        db.session.commit()
        assert api_keys.find_key(text) is not None
    headers = {"Authorization": f"Bearer {text}"}
    assert app.test_client().get("/api/v1/webhooks", headers=headers).status_code == 200
