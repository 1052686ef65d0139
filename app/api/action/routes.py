"""The two addresses of the action API."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from app.api.action.actions import perform
from app.api.action.callers import bearer_of_token, signer
from app.api.action.parameters import read_parameters
from app.api.authentication import scope
from app.models.api_key import ADMINISTRATIVE

BY_HASH, BY_TOKEN = "/api/admin/v2/", "/api/oauth2"
PREFIXES = ("/api/admin/", BY_TOKEN)

bp = Blueprint("action", __name__)


@bp.route(BY_HASH, methods=["GET", "POST"], strict_slashes=False)
@scope(ADMINISTRATIVE)
def by_hash() -> Response:
    """An action signed with a hash."""
    parameters = read_parameters()
    return perform(signer(parameters), parameters)


@bp.route(BY_TOKEN, methods=["GET", "POST"], strict_slashes=False)
@scope(ADMINISTRATIVE)
def by_token() -> Response:
    """An action with a bearer token; a hash that comes along is not looked at."""
    space_id = bearer_of_token()
    return perform(space_id, read_parameters())
