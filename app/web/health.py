"""For machines that watch: is it alive, is it ready?"""

from __future__ import annotations

from flask import Blueprint, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import schema_version
from app.core.extensions import db
from app.web.permissions import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> tuple[dict[str, str], int]:
    """200 as long as the process answers."""
    return {"status": "ok"}, 200


@bp.get("/readyz")
@public
def ready() -> tuple[dict[str, str], int]:
    """200 if the database answers and is migrated. Redis is reported only: without it things go slower."""
    database = _database_state()
    redis = "ok" if current_app.extensions["doorbell"].reachable() else "away"
    ok = database == "ok"
    return {"status": "ok" if ok else "not ready", "database": database, "redis": redis}, 200 if ok else 503


def _database_state() -> str:
    try:
        with db.engine.connect() as connection:
            present = schema_version.present(connection)
    except SQLAlchemyError:
        return "away"
    return "ok" if present == schema_version.newest() else "not migrated"
