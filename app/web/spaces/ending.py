"""Leaving, archiving and deleting the present space, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import Conflict, FieldError, Invalid
from app.models.permission import MANAGE_SPACE
from app.services import spaces as service
from app.services.people import memberships
from app.web.permissions import current_person, current_space_id, logged_in, requires
from app.web.rendering import go_to, render_page
from app.web.space_path import leave_space
from app.web.spaces.blueprint import bp


@bp.get("/settings/space/archive")
@requires(MANAGE_SPACE)
def ask_archive() -> Response:
    """What archiving means, and the button."""
    return render_page("spaces/ask_archive.html")


@bp.post("/settings/space/archive")
@requires(MANAGE_SPACE)
def archive() -> Response:
    """From now on nothing comes in and nothing is changed."""
    service.archive(current_space_id())
    return go_to(url_for("spaces.settings"))


@bp.post("/settings/space/restore")
@requires(MANAGE_SPACE)
def restore() -> Response:
    """Undo archiving or deleting."""
    service.restore(current_space_id())
    flash(_("%(space)s is back. Everything works as before.", space=current_user.space.name), "success")
    return go_to(url_for("spaces.settings"))


@bp.get("/settings/space/delete")
@requires(MANAGE_SPACE)
def ask_delete() -> Response:
    """What deleting means, and a field for the name."""
    return _delete_page()


@bp.post("/settings/space/delete")
@requires(MANAGE_SPACE)
def delete() -> Response:
    """Delete it; for 30 days it can be had back."""
    typed = request.form.get("name", "")
    try:
        service.delete(current_space_id(), typed)
    except Invalid as wrong:
        return _delete_page(typed, wrong.errors, 422)
    return go_to(url_for("spaces.settings"))


@bp.get("/spaces/leave")
@logged_in
def ask_leave() -> Response:
    """What leaving means, and the button."""
    return render_page("spaces/ask_leave.html")


@bp.post("/spaces/leave")
@logged_in
def leave() -> Response:
    """Leave the present space; on to another one, or to the log-in."""
    name = current_user.space.name
    try:
        memberships.leave(current_space_id(), current_person().id)
    except Conflict as wrong:
        flash(wrong.message, "error")
        return go_to(url_for("spaces.index"))
    leave_space()
    flash(_("You have left %(space)s.", space=name), "success")
    return go_to(url_for("home.index"))


def _delete_page(typed: str = "", errors: Sequence[FieldError] = (), status: int = 200) -> Response:
    days = service.DELETED_FOR_GOOD_AFTER.days
    return render_page("spaces/ask_delete.html", status=status, typed=typed, errors=list(errors), days=days)
