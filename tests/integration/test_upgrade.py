"""A database of an older version, with rows in every table, is brought up to date, and every page reads it."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import JSON, Boolean, MetaData, insert, select
from werkzeug.routing import Rule

from app.core import schema_version
from app.core.extensions import db
from app.models import (
    ApiKey,
    Attempt,
    Change,
    Delivery,
    Event,
    OAuthCredential,
    Space,
    Webhook,
    WebhookVersion,
)
from app.models.role import PERMISSIONS
from app.services.api_keys import create_key

ROWS = json.loads((Path(__file__).parent / "data" / "at_0019.json").read_text())
PASSWORD = "correct horse battery"


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    """With the keys of that installation."""
    key = base64.urlsafe_b64encode(b"0" * 32).decode()
    return {**settings, "SECRET_KEY": "0123456789abcdef0123", "ENCRYPTION_KEYS": f"old:{key}"}


@pytest.fixture
def upgraded(app: Flask) -> Flask:
    """The app with a database of version 0019 that was filled there and brought to the newest."""
    schema_version.bind_migrations(app)
    with app.app_context():
        downgrade(revision="0019")
        _fill()
        schema_version.bring_to_newest()
    return app


def _fill() -> None:
    tables = MetaData()
    tables.reflect(db.engine)
    for table in tables.sorted_tables:
        if table.name not in ROWS:
            continue
        names, rows = ROWS[table.name]["columns"], ROWS[table.name]["rows"]
        assert rows, f"There is no row of {table.name}."
        values = [{n: _value(table.c[n].type, v) for n, v in zip(names, row, strict=True)} for row in rows]
        db.session.execute(insert(table), values)
    db.session.commit()


def _value(kind: object, value: Any) -> Any:
    """As the column takes it: the rows were read from SQLite, which knows no JSON and no booleans."""
    if isinstance(value, dict):
        return base64.b64decode(value["base64"])
    if isinstance(kind, JSON) and isinstance(value, str):
        return json.loads(value)
    return bool(value) if isinstance(kind, Boolean) and value is not None else value


def _names() -> list[dict[str, str]]:
    """What addresses name by id: of each webhook one, so that pages are read in every state."""
    credential = db.session.scalars(select(OAuthCredential.id)).first()
    named = []
    for delivery in db.session.scalars(select(Delivery)):
        attempt = db.session.scalar(
            select(Attempt.id).where(Attempt.delivery_id == delivery.id, Attempt.response_body.is_not(None))
        )
        named.append(
            {
                "webhook_id": delivery.webhook_id,
                "delivery_id": delivery.id,
                "event_id": delivery.event_id,
                "credential_id": str(credential),
                "key": "invoice.paid",
                **({"attempt_id": attempt} if attempt else {}),
            }
        )
    return named


def _readable(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
        and str(getattr(app.view_functions[rule.endpoint], "declared", "")) in PERMISSIONS
    ]


def test_every_page_reads_what_was_there_before(upgraded: Flask) -> None:
    app = upgraded
    app.config["WTF_CSRF_ENABLED"] = False
    owner = app.test_client()
    assert owner.post("/login", data={"email": "owner@example.com", "password": PASSWORD}).status_code == 303
    with app.test_request_context():
        named = _names()
    read = set()
    for rule in _readable(app):
        for names in named if rule.arguments else [{}]:
            if rule.arguments <= names.keys():
                path = rule.build({name: names[name] for name in rule.arguments})[1]  # type: ignore[index]
                answer = owner.get(path, follow_redirects=True)
                assert answer.status_code in {200, 286}, (path, answer.status_code)  # 286: polling may rest
                read.add(rule.endpoint)
    assert {"webhooks.show", "webhooks.form_settings", "deliveries.show", "events.show"} & read
    assert len(read) > 20


def test_the_api_reads_what_was_there_before(upgraded: Flask) -> None:
    with upgraded.test_request_context():
        space_id = db.session.scalars(select(Space.id)).one()
        _key, text = create_key(space_id, "Reader", ["administrative"])
        named = _names()
    client, headers = upgraded.test_client(), {"Authorization": f"Bearer {text}"}
    for path in ("webhooks", "deliveries", "events", "event-types", "oauth-credentials", "audit"):
        answer = client.get(f"/api/v1/{path}?limit=200", headers=headers)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.json["data"], path  # type: ignore[index]
    for names in named:
        for path in (f"deliveries/{names['delivery_id']}", f"events/{names['event_id']}"):
            assert client.get(f"/api/v1/{path}", headers=headers).status_code == 200, path


def test_what_was_known_is_carried_over(upgraded: Flask) -> None:
    with upgraded.test_request_context():
        changes = db.session.scalars(select(Change)).all()
        assert len(changes) == len(ROWS["change"]["rows"])
        assert all(change.subject_kind and change.subject_id for change in changes)
        webhooks = db.session.scalars(select(Webhook)).all()
        versions = db.session.scalars(select(WebhookVersion)).all()
        assert {v.webhook_id for v in versions} == {w.id for w in webhooks}
        newest = {v.webhook_id: v for v in sorted(versions, key=lambda v: v.version)}
        assert all(newest[w.id].state == w.state for w in webhooks)
        numbers = [w.number for w in sorted(webhooks, key=lambda w: w.id)]
        assert numbers == list(range(1, len(webhooks) + 1))
        connection = db.session.scalars(select(OAuthCredential)).one()
        assert connection.hosts == ["127.0.0.1"]
        assert db.session.query(Event).count() == len(ROWS["event"]["rows"])
        assert db.session.query(ApiKey).count() == 2


def test_deliveries_go_on_where_they_were(upgraded: Flask, maintain: Any, runtime: Any) -> None:
    with upgraded.test_request_context():
        maintain()
        runtime.sweep()
        db.session.rollback()
        assert db.session.query(Webhook).count() == len(ROWS["webhook"]["rows"])
