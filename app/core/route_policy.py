"""What the two faces share, web and API, which never import each other.

Every route declares who may call it; one that does not is refused. Errors under an address that a face
claims are answered by that face: a program gets a problem, a person a page.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, request
from werkzeug.wrappers import Response

PUBLIC = "public"
LOGGED_IN = "logged_in"
SCOPE = "scope:"
# The addresses of incoming webhooks. What follows is a secret: such a path is never logged as it is.
INCOMING = "/in/"

View = TypeVar("View", bound=Callable[..., Any])
ErrorAnswer = Callable[[Exception], Response]

_ERROR_ANSWERS = "error_faces"


def declare(what: str) -> Callable[[View], View]:
    """Mark a view with who may call it: `PUBLIC`, `LOGGED_IN`, a permission, or `SCOPE` and a scope."""

    def mark(view: View) -> View:
        view.declared = what  # type: ignore[attr-defined]
        return view

    return mark


def declared_by(app: Flask, endpoint: str) -> str | None:
    """What the view of an endpoint declares; None if it declares nothing."""
    return getattr(app.view_functions[endpoint], "declared", None)


def claim_errors(app: Flask, prefix: str, answer: ErrorAnswer) -> None:
    """From now on `answer` makes the answer to every error under paths that begin with `prefix`."""
    app.extensions.setdefault(_ERROR_ANSWERS, []).append((prefix, answer))


def claimed_prefixes(app: Flask) -> list[str]:
    """The beginnings of paths whose errors somebody claimed, in the order in which they are looked at."""
    return [prefix for prefix, _answer in app.extensions.get(_ERROR_ANSWERS, [])]


def claimed_error_answer() -> ErrorAnswer | None:
    """Who claimed the errors of the present request's path; None: nobody."""
    faces = current_app.extensions.get(_ERROR_ANSWERS, [])
    return next((answer for prefix, answer in faces if request.path.startswith(prefix)), None)


def loggable_path() -> str:
    """The path of the present request without what only its holder may know: the token of an incoming address."""
    if not request.path.startswith(INCOMING):
        return request.path
    _token, slash, below = request.path.removeprefix(INCOMING).partition("/")
    return f"{INCOMING}…{slash}{below}"
