"""The blueprint of tries."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("attempts", __name__, url_prefix="/webhooks/<webhook_id>/tries")
