"""Settings: what each role may do."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models.permission import MANAGE_ROLES
from app.queries.changes import changes_of_space
from app.services import roles as service
from app.services.webhooks.changes import ROLE_EDITED
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.roles.words import permission_words

bp = Blueprint("roles", __name__, url_prefix="/settings/roles")


@bp.get("")
@requires(MANAGE_ROLES)
def index() -> Response:
    """The roles and their permissions as a form, and who changed them lately."""
    return _page()


@bp.post("")
@requires(MANAGE_ROLES)
def update() -> Response:
    """Save them. They count from everybody's next request."""
    ticked = [one.partition(":") for one in request.form.getlist("grant")]
    try:
        service.grant(current_space_id(), [(role, permission) for role, _colon, permission in ticked])
    except Invalid as wrong:
        return _page(wrong.errors, 422)
    flash(_("Saved. It counts from now on."), "success")
    return go_to(url_for("roles.index"))


def _page(errors: list[FieldError] | None = None, status: int = 200) -> Response:
    space_id = current_space_id()
    return render_page(
        "roles/index.html",
        status=status,
        roles=service.roles_of(space_id),
        permissions=[(one, permission_words(one)) for one in service.GRANTABLE],
        errors=errors or [],
        changes=changes_of_space(space_id, [ROLE_EDITED]),
        names={},
    )
