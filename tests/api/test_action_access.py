"""The action API: both ways of access, keys, rights, spaces."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask

from app.core.errors import Invalid
from app.core.extensions import db
from app.core.times import utc_now
from app.models import ApiKey
from app.services import api_keys, spaces
from tests.api.action_program import BEARER, HASHED, WRONG_HASH, Program, fails, program_in
from tests.api.conftest import Caller, caller_in
from tests.machine.receiver import Receiver


def test_a_bearer_token_does_the_same(program: Program, ok_receiver: Receiver) -> None:
    added = program.with_token("add_webhook", url=ok_receiver.url, events="post_task").json
    assert added is not None
    assert program.with_token("get_webhooks").json["data"][0]["id"] == str(added["id"])  # type: ignore[index]
    assert program.with_token("delete_webhook", id=added["id"]).json == {"status": "ok"}


@pytest.mark.databases("sqlite")
def test_a_post_may_carry_the_parameters_in_its_body(program: Program, ok_receiver: Receiver) -> None:
    body = program.query("add_webhook", url=ok_receiver.url, events="post_task")
    form = "application/x-www-form-urlencoded"
    assert program.client.post(HASHED, data=body, content_type=form).json["status"] == "ok"  # type: ignore[index]
    in_query = program.client.post(f"{HASHED}?{program.query('get_webhooks')}")
    assert len(in_query.json["data"]) == 1  # type: ignore[index]
    unsigned = program.client.post(
        f"{HASHED}?{program.query('add_webhook')}", data="url=https://evil.example.com", content_type=form
    )
    assert unsigned.json == WRONG_HASH
    bearer = program.client.post(
        BEARER,
        data="action=get_webhooks",
        content_type=form,
        headers={"Authorization": f"Bearer {program.key}"},
    )
    assert bearer.json["status"] == "ok"  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_the_hash_may_stand_anywhere_and_covers_the_query_as_it_was_sent(program: Program) -> None:
    signed = program.hash_of("action=get_webhooks")
    for query in (f"hash={signed}&action=get_webhooks", f"action=get_webhooks&hash={signed}"):
        assert program.client.get(f"{HASHED}?{query}").json["status"] == "ok"  # type: ignore[index]
        assert program.client.get(f"/api/admin/v2?{query}").json["status"] == "ok"  # type: ignore[index]
    plain = f"action=delete_webhook&id={quote('a b')}"
    answer = program.client.get(f"{HASHED}?{plain}&hash={program.hash_of(plain)}")
    fails(answer, 10, "WebHook not found", "a b")


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize(
    "query",
    [
        "action=get_webhooks",
        "action=get_webhooks&hash=",
        "action=get_webhooks&hash=nothing",
        f"action=get_webhooks&hash={'0' * 32}",
        "action=get_webhooks&hash={upper}",
        "action=get_webhooks&x=1&hash={right}",
        "action=get_webhooks;&hash={right}",
        "ACTION=get_webhooks&hash={right}",
        "hash={right}",
        "",
    ],
)
def test_a_wrong_hash_answers_error_2(program: Program, query: str) -> None:
    right = program.hash_of("action=get_webhooks")
    answer = program.client.get(f"{HASHED}?{query.format(right=right, upper=right.upper())}")
    assert answer.status_code == 200
    assert answer.json == WRONG_HASH


@pytest.mark.databases("sqlite")
def test_only_keys_made_for_the_action_api_can_sign(app: Flask, space_id: str) -> None:
    plain = caller_in(app, space_id)
    program = Program(app.test_client(), plain.key)
    assert program("get_webhooks").json == WRONG_HASH
    assert program.with_token("get_webhooks").json == {"status": "ok", "data": []}
    with app.test_request_context(), pytest.raises(Invalid, match="may do everything"):
        api_keys.create_key(space_id, "S1", ["webhooks:write"], action_api=True)


@pytest.mark.databases("sqlite")
def test_a_key_that_ended_signs_nothing(app: Flask, space_id: str, program: Program) -> None:
    assert program("get_webhooks").status_code == 200
    with app.app_context():
        db.session.query(ApiKey).update({"expires_at": utc_now() - timedelta(seconds=1)})
        db.session.commit()
    assert program("get_webhooks").json == WRONG_HASH
    other = program_in(app, space_id)
    with app.test_request_context():
        key_id = db.session.query(ApiKey.id).filter(ApiKey.expires_at.is_(None)).scalar()
        api_keys.revoke_key(space_id, key_id)
        assert db.session.get(ApiKey, key_id).encrypted_text is None  # type: ignore[union-attr]
    assert other("get_webhooks").json == WRONG_HASH


@pytest.mark.databases("sqlite")
def test_one_key_that_cannot_be_decrypted_locks_out_no_other(app: Flask, space_id: str) -> None:
    program_in(app, space_id)
    with app.app_context():
        db.session.query(ApiKey).update({"encrypted_text": "gone:nothing"})
        db.session.commit()
    assert program_in(app, space_id)("get_webhooks").json == {"status": "ok", "data": []}


def test_its_text_is_kept_encrypted(app: Flask, program: Program) -> None:
    with app.app_context():
        row = db.session.query(ApiKey).one()
        kept = str({column.key: getattr(row, column.key) for column in ApiKey.__table__.columns})
    assert program.key not in kept
    assert row.encrypted_text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("token", [None, "hd_wrong", ""])
def test_without_a_token_401(app: Flask, token: str | None) -> None:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    answer = app.test_client().get(f"{BEARER}?action=get_webhooks", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Hookdesk"'
    assert answer.json == {
        "status": "error",
        "status_code": 401,
        "message": "Access token is missed or invalid",
    }


@pytest.mark.databases("sqlite")
def test_a_token_of_another_scope_403(app: Flask, space_id: str) -> None:
    caller = caller_in(app, space_id, "webhooks:read", "webhooks:write")
    answer = Program(app.test_client(), caller.key).with_token("get_webhooks")
    assert answer.status_code == 403
    assert 'scope="administrative"' in answer.headers["WWW-Authenticate"]
    assert answer.json["message"] == "Access token lacks the scope administrative"  # type: ignore[index]


@pytest.mark.databases("sqlite")
def test_another_spaces_webhooks_are_neither_seen_nor_deleted(app: Flask, call: Caller) -> None:
    webhook = call.new_webhook()
    with app.test_request_context():
        other_id = str(spaces.create_space("Borealis").id)
    other = program_in(app, other_id)
    for ask in (other, other.with_token):
        assert ask("get_webhooks").json == {"status": "ok", "data": []}
        fails(ask("delete_webhook", id=webhook["id"]), 10, "WebHook not found", webhook["id"])
    assert call("GET", f"/webhooks/{webhook['id']}").status_code == 200
