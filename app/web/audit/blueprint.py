"""The blueprint that the views of this noun attach to."""

from flask import Blueprint

bp = Blueprint("audit", __name__, url_prefix="/settings/audit")
