"""Is it alive, is it ready?"""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.core.extensions import db
from tests.machine.redis import RedisServer


def test_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_also_without_redis(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "database": "ok", "redis": "away", "encryption_keys": "ok"}


def test_redis_is_reported(settings: dict[str, str], redis_server: RedisServer) -> None:
    app = create_app({**settings, "REDIS_URL": redis_server.url})
    assert app.test_client().get("/readyz").json["redis"] == "ok"  # type: ignore[index]
    with app.app_context():
        db.engine.dispose()


def test_not_ready_while_a_migration_is_missing(app: Flask, client: FlaskClient) -> None:
    with app.app_context():
        db.session.execute(text("update alembic_version set version_num = 'older'"))
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "not migrated"  # type: ignore[index]


def test_not_ready_while_the_database_is_away(settings: dict[str, str]) -> None:
    away = {**settings, "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    answer = create_app(away).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json["database"] == "away"  # type: ignore[index]
