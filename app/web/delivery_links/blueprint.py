"""The blueprints of this folder: for people of the space, and for whoever has a link."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("delivery_links", __name__, url_prefix="/deliveries/<delivery_id>/links")
shared_bp = Blueprint("shared_delivery", __name__, url_prefix="/shared")
