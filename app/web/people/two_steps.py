"""Your account: logging in with two steps. Scan, type the code, keep the recovery codes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import segno
from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import Conflict, FieldError, Invalid
from app.services.log_in_limits import TooManyFailures
from app.services.people import two_step as service
from app.web.people.arriving import too_many, wait
from app.web.permissions import current_person, logged_in
from app.web.rendering import go_to, render_page

bp = Blueprint("two_steps", __name__, url_prefix="/account/two-steps")

# White around the code, in modules, so that a camera finds its edge (ISO/IEC 18004).
QUIET = 4


@bp.get("")
@logged_in
def index() -> Response:
    """Whether it is on, and what to do next."""
    return _page()


@bp.post("/begin")
@logged_in
def begin() -> Response:
    """Make a secret, and show it for an authenticator app to take over."""
    try:
        service.begin(current_person().id)
    except Conflict as wrong:
        return _page([FieldError("", wrong.message)], 409)
    return go_to(url_for("two_steps.index"))


@bp.post("")
@logged_in
def turn_on() -> Response:
    """The first code proves that the app has it. The recovery codes are shown on this answer and never again."""
    return _with_code(
        lambda code: _codes_page(service.turn_on(current_person().id, code, current_user.token))
    )


@bp.post("/codes")
@logged_in
def renew_codes() -> Response:
    """New recovery codes; the old ones count no longer."""
    return _with_code(
        lambda code: _codes_page(service.renew_codes(current_person().id, code, current_user.token))
    )


@bp.post("/off")
@logged_in
def turn_off() -> Response:
    """The password alone is enough again."""

    def off(code: str) -> Response:
        service.turn_off(current_person().id, code, current_user.token)
        flash(_("Logging in with two steps is off."), "success")
        return go_to(url_for("two_steps.index"))

    return _with_code(off)


def qr_path(text: str) -> tuple[str, int]:
    """A QR code as the data of an SVG path, one unit a module, and how many units it is wide."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(border=QUIET))
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return path, len(rows)


def _with_code(do: Callable[[str], Response]) -> Response:
    try:
        return do(request.form.get("code", ""))
    except Invalid as wrong:
        return _page(wrong.errors, 422)
    except Conflict as wrong:
        return _page([FieldError("", wrong.message)], 409)
    except TooManyFailures as error:
        return wait(_page([FieldError("code", too_many(error))], 429), error)


def _codes_page(codes: Sequence[str]) -> Response:
    return render_page("people/recovery_codes.html", status=201, codes=codes)


def _page(errors: Sequence[FieldError] = (), status: int = 200) -> Response:
    person = current_person()
    begun = person.totp_secret is not None and person.totp_since is None
    set_up = service.begin(person.id) if begun else None
    path, width = qr_path(set_up.uri) if set_up else ("", 0)
    return render_page(
        "people/two_steps.html",
        status=status,
        errors=errors,
        person=person,
        set_up=set_up,
        qr_path=path,
        qr_width=width,
        required_by=service.spaces_that_require_it(person.id),
        codes_left=service.codes_left(person.id),
    )
