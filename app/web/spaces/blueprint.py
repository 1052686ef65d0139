"""The blueprint that the modules of this folder share."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from app.models import Space
from app.services.spaces import DELETED_FOR_GOOD_AFTER

bp = Blueprint("spaces", __name__)


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(deleted_for_good_at=deleted_for_good_at)


def deleted_for_good_at(space: Space) -> datetime | None:
    """From when a deleted space cannot be had back."""
    return space.deleted_at + DELETED_FOR_GOOD_AFTER if space.deleted_at else None
