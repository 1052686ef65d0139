"""The second step of a log-in: the code of an authenticator app, or a recovery code."""

from __future__ import annotations

from flask import Blueprint, request, session, url_for
from werkzeug.wrappers import Response

from app.core.errors import FieldError, NotFound
from app.services import people
from app.services.log_in_limits import TooManyFailures
from app.services.people.two_step import wrong_code
from app.web.people.arriving import let_in, safe_next, too_many, wait
from app.web.people.known_devices import known_device
from app.web.permissions import public
from app.web.rendering import go_to, render_page

bp = Blueprint("second_step", __name__, url_prefix="/login/code")

# In the browser's own session, until the code is right.
WAITING = "second_step"


def ask_for_code(token: str, email: str, next_path: str) -> Response:
    """Go on to the page that asks for the code. `token`: of the session that waits for it."""
    session.clear()
    session[WAITING] = {"token": token, "email": email, "next": next_path}
    return go_to(url_for("second_step.code"))


@bp.get("")
@public
def code() -> Response:
    """The page that asks for it."""
    if not people.awaits_code(_waiting().get("token", "")):
        return _over()
    return _page()


@bp.post("")
@public
def confirm() -> Response:
    """Check the code; the log-in is done then."""
    waiting = _waiting()
    email = waiting.get("email", "")
    device = known_device(email)
    typed = request.form.get("code", "")
    try:
        token = people.confirm_code(waiting.get("token", ""), typed, request.remote_addr or "", device)
    except NotFound:
        return _over()
    except TooManyFailures as error:
        return wait(_page(too_many(error), 429), error)
    if token is None:
        return _page(wrong_code(), 422)
    return let_in(token, email, safe_next(waiting.get("next")))


def _waiting() -> dict[str, str]:
    found = session.get(WAITING)
    return found if isinstance(found, dict) else {}


def _over() -> Response:
    """Nothing waits here (any more): log in again from the beginning."""
    session.pop(WAITING, None)
    return go_to(url_for("session.login"))


def _page(problem: str | None = None, status: int = 200) -> Response:
    errors = [FieldError("code", problem)] if problem else []
    return render_page("people/code.html", status=status, errors=errors)
