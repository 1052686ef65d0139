"""Error pages: what happened, what to do, and a reference when it was our fault."""

from __future__ import annotations

import secrets
from contextlib import suppress
from typing import Any

import structlog
from flask import Flask, g, request
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError, SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.core.draining import drain
from app.core.errors import Invalid, NotFound
from app.core.extensions import db
from app.core.route_policy import claimed_error_answer, loggable_path
from app.queries.spaces_of_things import space_with
from app.web.rendering import render_page, wants_fragment
from app.web.space_path import in_portal

KNOWN = (400, 403, 404, 405, 408, 409, 413, 422, 429, 500)

log = structlog.get_logger(__name__)


def install(app: Flask) -> None:
    """Answer every error: with a page, or as the face that claimed the address answers."""
    app.register_error_handler(Exception, _answer)
    app.register_error_handler(HTTPException, _answer)


def _answer(error: Exception) -> Response:
    with suppress(SQLAlchemyError):
        db.session.rollback()  # a session that has failed refuses everything until then
    if (claimed := claimed_error_answer()) is not None:
        return claimed(error)
    match error:
        case NotFound():
            return _elsewhere() or _page(404)
        case Invalid():
            return _page(422, errors=error.errors)
        case CSRFError():
            return render_page("errors/csrf.html", status=400)
        case DataError():  # NUL and the like, which the database cannot hold
            return _page(400)
        case HTTPException(code=int(status)) if status < 500:
            return _http(error, status)
        case OperationalError():
            return _ours(error, 503)
    return _ours(error, 500)


def _elsewhere() -> Response | None:
    """A page's address may name something in another space of this person: then that is said, with a way there.

    Of a space they do not belong to they learn nothing, not even that something is there.
    """
    if request.method != "GET" or wants_fragment() or not current_user.is_authenticated or in_portal():
        return None
    for value in (request.view_args or {}).values():
        space = space_with(current_user.person.id, str(value))
        if space is not None and space.id != current_user.space.id:
            return render_page("spaces/elsewhere.html", status=404, space=space)
    return None


def _http(error: HTTPException, status: int) -> Response:
    if status < 400:
        return error.get_response(request.environ)
    if status == 413:
        drain(request.environ)
    response = _page(status, permission=g.get("missing_permission"), said=g.get("conflict"))
    for name, value in error.get_headers(request.environ):
        if name in {"Retry-After", "Allow"}:
            response.headers[name] = value
    return response


def _ours(error: Exception, status: int) -> Response:
    """Something broke here: log it under a reference that the visitor can tell us."""
    reference = secrets.token_hex(4)
    log.error("request failed", reference=reference, path=loggable_path(), exc_info=error)
    if "_login_user" not in g:  # who is there was what failed: the page must not ask again
        g._login_user = AnonymousUserMixin()
    return _page(status, reference=reference)


def _page(status: int, **context: Any) -> Response:
    """The page for a status; the nearest one where there is none of its own."""
    own = status if status in KNOWN else 500 if status >= 500 else 400
    return render_page(f"errors/{own}.html", status=status, **context)
