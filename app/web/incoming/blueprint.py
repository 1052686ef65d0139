"""The blueprint that the modules of this folder share."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("incoming", __name__, url_prefix="/incoming")
