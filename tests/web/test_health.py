"""Is it alive, is it ready?"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.core.extensions import db
from app.core.times import utc_now
from app.maintenance.late import note_finished
from app.maintenance.registry import STEPS
from app.models import MaintenanceRun
from tests.machine.redis import RedisServer


def test_alive(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "ok"}


def test_ready_also_without_redis(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["database"], answer.json["redis"]) == ("ok", "ok", "away")
    assert answer.json["encryption_keys"] == "ok"


def test_ready_says_what_of_the_maintenance_is_late(app: Flask, client: FlaskClient) -> None:
    late = client.get("/readyz").json
    assert late is not None
    assert late["maintenance"] == "late"
    assert {"step": "lost_leases", "last_finished": None} in late["late"]
    with app.app_context():
        note_finished([step.name for step in STEPS])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["maintenance"], answer.json["late"]) == (200, "ok", [])  # type: ignore[index]
    with app.app_context():
        hour_ago = utc_now() - timedelta(hours=1)
        db.session.query(MaintenanceRun).filter_by(step="mail").update({"finished_at": hour_ago})
        db.session.commit()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["late"] == [{"step": "mail", "last_finished": hour_ago.isoformat()}]  # type: ignore[index]


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
