"""The addresses that these pages had before: they lead on."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response

from app.web.oauth_credentials.blueprint import former_bp
from app.web.permissions import logged_in


@former_bp.get("")
@former_bp.get("/<path:rest>")
@logged_in
def moved(rest: str = "") -> Response:
    """To the same page at its present address, for good."""
    return redirect(f"{url_for('oauth_credentials.index')}/{rest}".rstrip("/"), 301)
