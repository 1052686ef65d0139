"""For machines that watch: is it alive, is it ready?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.core import schema_version
from app.core.expiring_cache import ExpiringCache
from app.core.extensions import db
from app.maintenance.late import late_steps
from app.queries.encryption_keys import missing_key_ids
from app.web.permissions import public

KEYS_FOR_S = 10.0

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> tuple[dict[str, str], int]:
    """200 as long as the process answers."""
    return {"status": "ok"}, 200


@bp.get("/readyz")
@public
def ready() -> tuple[dict[str, Any], int]:
    """200 if the database answers and is migrated.

    Redis is reported only: without it things go slower. So is what the maintenance should have done by now
    (`python -m workers --maintenance`): without it deliveries go on, and `late` says what does not. So are
    encryption keys that kept secrets need and that are missing: what needs them fails alone.
    """
    database = _database_state()
    redis = "ok" if current_app.extensions["doorbell"].reachable() else "away"
    ok = database == "ok"
    late = late_steps() if ok else []
    state: dict[str, Any] = {
        "status": "ok" if ok else "not ready",
        "database": database,
        "redis": redis,
        "maintenance": ("late" if late else "ok") if ok else "unknown",
        "late": late,
    }
    if ok:
        state["encryption_keys"] = _keys_state()
    return state, 200 if ok else 503


def _keys_state() -> str:
    """`ok` or the ids that are missing. Whoever asks often gets what was found a moment ago."""
    remembered: ExpiringCache[str] = current_app.extensions.setdefault(
        "keys_state", ExpiringCache(KEYS_FOR_S)
    )
    known = remembered.get("")
    if known is not None:
        return known
    try:
        missing = missing_key_ids(current_app.extensions["vault"].key_ids)
    except SQLAlchemyError:
        return "not known"
    finally:
        db.session.rollback()
    state = f"missing: {', '.join(missing)}" if missing else "ok"
    remembered.put("", state)
    return state


def _database_state() -> str:
    try:
        with db.engine.connect() as connection:
            present = schema_version.present(connection)
    except SQLAlchemyError:
        return "away"
    return "ok" if present == schema_version.newest() else "not migrated"
