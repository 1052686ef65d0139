"""The blueprint that the views of this noun attach to."""

from flask import Blueprint

bp = Blueprint("sign_ins", __name__, url_prefix="/settings/oauth-connections")
