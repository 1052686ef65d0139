"""Error pages: what happened, what to do, and a reference when it was our fault."""

from __future__ import annotations

import secrets
from typing import Any

import structlog
from flask import Flask, g, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.services.errors import NotFound
from app.web.rendering import render_page

KNOWN = (400, 403, 404, 405, 413, 429, 500)

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Answer errors of the dashboard with pages. The API has its own handlers for its addresses."""
    app.register_error_handler(NotFound, lambda _error: page(404))
    app.register_error_handler(CSRFError, lambda _error: page(400))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _ours)


def page(status: int, **context: Any) -> Response:
    """The page for a status."""
    return render_page(f"errors/{status}.html", status=status, **context)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return error.get_response()  # type: ignore[return-value]
    if status not in KNOWN:
        return page(400 if status < 500 else 500, reference=None) if status < 500 else _ours(error)
    response = page(status, permission=getattr(g, "missing_permission", None))
    for name in ("Retry-After", "Allow"):
        if value := dict(error.get_headers(request.environ)).get(name):
            response.headers[name] = value
    return response


def _ours(error: Exception) -> Response:
    """Something broke here: log it under a reference that the visitor can tell us."""
    reference = secrets.token_hex(4)
    log.error(_("request failed"), reference=reference, path=request.path, exc_info=error)
    return page(500, reference=reference)
