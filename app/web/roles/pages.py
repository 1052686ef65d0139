"""Settings: what each role may do."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import Conflict, FieldError, Invalid
from app.models import Role
from app.models.permission import MANAGE_ROLES
from app.queries.changes import changes_of_space
from app.queries.people import all_roles, holders_of_roles
from app.services import roles as service
from app.services.webhooks.changes import ROLE_EDITED
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.roles.words import group_words, permission_words

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
        grants = [(role, permission) for role, _colon, permission in ticked]
        service.grant(current_space_id(), grants, current_user.role.held)
    except Invalid as wrong:
        return _page(wrong.errors, 422)
    flash(_("Saved. It counts from now on."), "success")
    return go_to(url_for("roles.index"))


@bp.post("/new")
@requires(MANAGE_ROLES)
def create() -> Response:
    """A new role, which may do nothing yet."""
    name = request.form.get("name", "")
    try:
        role = service.create(current_space_id(), name)
    except Invalid as wrong:
        return _page(wrong.errors, 422, new_name=name)
    flash(_("“%(name)s” is made. Now tick what it may do.", name=role.name), "success")
    return go_to(url_for("roles.index"))


@bp.get("/<role_id>")
@requires(MANAGE_ROLES)
def show(role_id: str) -> Response:
    """One role: its name, who has it, and the way to delete it."""
    return _role_page(service.find(current_space_id(), role_id))


@bp.post("/<role_id>")
@requires(MANAGE_ROLES)
def rename(role_id: str) -> Response:
    """Another name."""
    name = request.form.get("name", "")
    role = service.find(current_space_id(), role_id)
    try:
        service.rename(current_space_id(), role_id, name)
    except Invalid as wrong:
        return _role_page(role, wrong.errors, name, 422)
    except Conflict as wrong:
        return _role_page(role, [FieldError("", wrong.message)], None, 409)
    flash(_("Saved."), "success")
    return go_to(url_for("roles.index"))


@bp.post("/<role_id>/delete")
@requires(MANAGE_ROLES)
def delete(role_id: str) -> Response:
    """Delete a role that nobody has."""
    role = service.find(current_space_id(), role_id)
    try:
        name = service.delete(current_space_id(), role_id)
    except Conflict as wrong:
        return _role_page(role, [FieldError("", wrong.message)], None, 409)
    flash(_("The role “%(name)s” is deleted.", name=name), "success")
    return go_to(url_for("roles.index"))


def _role_page(
    role: Role, errors: list[FieldError] | None = None, name: str | None = None, status: int = 200
) -> Response:
    holders = holders_of_roles(current_space_id()).get(role.id)
    return render_page(
        "roles/show.html",
        status=status,
        role=role,
        errors=errors or [],
        name=role.name if name is None else name,
        holders=holders,
        built_in=service.is_built_in(role),
        permissions=[permission_words(one) for one in role.held],
    )


def _groups() -> list[tuple[str, list[tuple[str, str]]]]:
    """The permissions that roles can get, by what they are about: (heading, [(permission, words)])."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for permission in service.GRANTABLE:
        groups.setdefault(group_words(permission), []).append((permission, permission_words(permission)))
    return list(groups.items())


def _page(errors: list[FieldError] | None = None, status: int = 200, new_name: str = "") -> Response:
    space_id = current_space_id()
    return render_page(
        "roles/index.html",
        status=status,
        roles=service.roles_of(space_id),
        all_roles=all_roles(space_id),
        holders=holders_of_roles(space_id),
        groups=_groups(),
        givable=service.may_grant(current_user.role.held),
        errors=errors or [],
        new_name=new_name,
        changes=changes_of_space(space_id, [ROLE_EDITED]),
        names={},
    )
