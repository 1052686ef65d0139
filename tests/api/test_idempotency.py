"""`Idempotency-Key` on creating calls: the same call again is done once and answered the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.api.openapi import document
from app.core.extensions import db
from app.core.times import utc_now
from app.models import IdempotentAnswer, Webhook
from app.services import idempotency
from tests.api.conftest import Caller
from tests.api.problems import fields, problem

WEBHOOK: dict[str, Any] = {"name": "CRM", "url": "https://crm.example.com/hook", "events": ["lead.created"]}
KEY = {"Idempotency-Key": "order-4711"}


def count_webhooks(app: Flask) -> int:
    with app.app_context():
        return int(db.session.scalar(select(func.count()).select_from(Webhook)) or 0)


def test_the_same_call_again_gets_the_same_answer(app: Flask, call: Caller) -> None:
    first = call("POST", "/webhooks", WEBHOOK, KEY)
    again = call("POST", "/webhooks", WEBHOOK, KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.json is not None
    assert again.json["secret"].startswith("whsec_")
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count_webhooks(app) == 1


def test_the_secret_in_a_kept_answer_is_encrypted(app: Flask, call: Caller) -> None:
    made = call("POST", "/webhooks", WEBHOOK, KEY)
    assert made.json is not None
    with app.app_context():
        row = db.session.scalars(select(IdempotentAnswer)).one()
        assert row.answer is not None
        assert made.json["secret"] not in row.answer


def test_the_same_key_for_another_body_is_a_conflict(app: Flask, call: Caller) -> None:
    call("POST", "/webhooks", WEBHOOK, KEY)
    problem(call("POST", "/webhooks", {**WEBHOOK, "name": "Other"}, KEY), 409, "idempotency-key-reused")
    assert count_webhooks(app) == 1


def test_keys_of_spaces_and_of_routes_are_apart(app: Flask, call: Caller, other: Caller) -> None:
    first = call("POST", "/webhooks", WEBHOOK, KEY)
    second = other("POST", "/webhooks", WEBHOOK, KEY)
    assert first.json is not None
    assert second.json is not None
    copy = call("POST", f"/webhooks/{first.json['id']}/duplicate", headers=KEY)
    assert copy.json is not None
    assert len({first.json["id"], second.json["id"], copy.json["id"]}) == 3
    assert call("POST", f"/webhooks/{first.json['id']}/duplicate", headers=KEY).json == copy.json
    assert count_webhooks(app) == 3


def test_a_refused_call_leaves_its_key_free(app: Flask, call: Caller) -> None:
    assert "url" in fields(call("POST", "/webhooks", {**WEBHOOK, "url": "nonsense"}, KEY))
    assert call("POST", "/webhooks", WEBHOOK, KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "caf\u00e9"])
def test_a_key_that_cannot_be_kept_is_named(call: Caller, key: str) -> None:
    answer = call("POST", "/webhooks", WEBHOOK, {"Idempotency-Key": key})
    assert list(fields(answer)) == ["idempotency_key"]


def test_calls_at_the_same_moment_create_once(app: Flask, call: Caller) -> None:
    def create(_number: int) -> int:
        return Caller(app.test_client(), call.key)("POST", "/webhooks", WEBHOOK, KEY).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(create, range(8)))
    assert statuses <= {201, 409}
    assert 201 in statuses
    assert count_webhooks(app) == 1
    assert call("POST", "/webhooks", WEBHOOK, KEY).headers["Idempotency-Replayed"] == "true"


def test_a_call_that_never_ended_is_not_done_again(app: Flask, call: Caller) -> None:
    call("POST", "/webhooks", WEBHOOK, KEY)
    with app.app_context():
        db.session.execute(update(IdempotentAnswer).values(status=None, answer=None))
        db.session.commit()
    problem(call("POST", "/webhooks", WEBHOOK, KEY), 409, "idempotency-key-in-use")
    assert count_webhooks(app) == 1


def test_after_a_day_a_key_is_new(app: Flask, call: Caller) -> None:
    call("POST", "/webhooks", WEBHOOK, KEY)
    _age(app)
    assert "Idempotency-Replayed" not in call("POST", "/webhooks", WEBHOOK, KEY).headers
    assert count_webhooks(app) == 2


def test_old_answers_are_removed(app: Flask, call: Caller) -> None:
    call("POST", "/webhooks", WEBHOOK, KEY)
    with app.app_context():
        assert idempotency.forget_old() == 0
    _age(app)
    with app.app_context():
        assert idempotency.forget_old() == 1
        assert db.session.scalars(select(IdempotentAnswer)).all() == []


def _age(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(IdempotentAnswer).values(created_at=utc_now() - timedelta(hours=25)))
        db.session.commit()


def test_each_way_of_creating_honours_it(call: Caller) -> None:
    webhook = call.new_webhook()
    call.publish()
    delivery = call("GET", "/deliveries").json["data"][0]
    oauth_credential = {
        "name": "A",
        "token_url": "https://a.example.com/t",
        "parameters": {"client_id": "us", "client_secret": "s3cret"},
    }
    for path, body in (
        ("/webhooks", WEBHOOK),
        (f"/webhooks/{webhook['id']}/duplicate", {}),
        (f"/webhooks/{webhook['id']}/rotate-secret", {"overlap_s": 60}),
        ("/oauth-credentials", oauth_credential),
        (f"/deliveries/{delivery['id']}/attempts", {}),
    ):
        first, again = (call("POST", path, body, {"Idempotency-Key": "k"}) for _ in range(2))
        assert first.status_code in {200, 201, 202}, (path, first.text)
        assert (again.data, again.headers["Idempotency-Replayed"]) == (first.data, "true"), path


@pytest.mark.databases("sqlite")
def test_every_post_documents_it(app: Flask) -> None:
    for path, operations in document(app)["paths"].items():
        if "post" in operations:
            named = {parameter["name"] for parameter in operations["post"]["parameters"]}
            assert "Idempotency-Key" in named, path


@pytest.mark.databases("sqlite")
def test_a_new_thing_was_changed_when_it_was_made(call: Caller) -> None:
    for made in (call.new_webhook(on=False), call.new_oauth_credential()):
        assert made["updated_at"] == made["created_at"]
