"""The blueprint that the modules of this folder share."""

from __future__ import annotations

from flask import Blueprint

PREFIX = "/api/"

bp = Blueprint("api", __name__, url_prefix=PREFIX.rstrip("/"))
