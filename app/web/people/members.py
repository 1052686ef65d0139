"""Settings: who belongs to the space, in which role; invitations; how people log in."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import Conflict, FieldError, Invalid, NotFound
from app.core.extensions import db
from app.core.times import utc_now
from app.models import Membership, Role
from app.models.permission import MANAGE_PEOPLE
from app.queries.people import all_roles, members_of, open_invitations
from app.services.people import invitations, log_in_rules, memberships
from app.services.people.password_resets import mail_is_set_up
from app.services.single_sign_on import configured
from app.web.addresses import takes
from app.web.permissions import current_person, current_space_id, requires
from app.web.rendering import go_to, render_page

bp = Blueprint("people", __name__, url_prefix="/settings/people")


@bp.get("")
@requires(MANAGE_PEOPLE)
@takes("after")
def index() -> Response:
    """The people of this space, who is invited, and how they log in."""
    return _page()


@bp.post("")
@requires(MANAGE_PEOPLE)
def invite() -> Response:
    """Invite somebody. Without a mail server the link is shown on this answer, to hand over."""
    email, role_id = request.form.get("email", ""), request.form.get("role_id", "")
    try:
        invited = invitations.invite(
            current_space_id(), email, role_id, current_user.role, current_person().email
        )
    except Invalid as wrong:
        return _page(422, errors=wrong.errors, email=email, role_id=role_id)
    return _invited(invited)


@bp.post("/invitations/<invitation_id>/renew")
@requires(MANAGE_PEOPLE)
def renew(invitation_id: str) -> Response:
    """A new link; the one before does nothing any more."""
    return _invited(invitations.renew(current_space_id(), invitation_id))


@bp.post("/invitations/<invitation_id>/withdraw")
@requires(MANAGE_PEOPLE)
def withdraw(invitation_id: str) -> Response:
    """Its link does nothing from now on."""
    invitations.withdraw(current_space_id(), invitation_id)
    flash(_("The invitation is withdrawn. Its link does nothing any more."))
    return go_to(url_for("people.index"))


@bp.post("/<person_id>/role")
@requires(MANAGE_PEOPLE)
def change_role(person_id: str) -> Response:
    """Another role, from their next request on."""
    role_id = request.form.get("role_id", "")
    try:
        memberships.change_role(current_space_id(), person_id, role_id, current_user.role)
    except Invalid as wrong:
        return _page(422, errors=wrong.errors)
    except Conflict as wrong:
        return _page(409, errors=[FieldError("", wrong.message)])
    flash(_("Saved. It counts from now on."), "success")
    return go_to(url_for("people.index"))


@bp.get("/<person_id>/remove")
@requires(MANAGE_PEOPLE)
def ask_remove(person_id: str) -> Response:
    """The question before somebody is removed."""
    membership = db.session().get(Membership, (person_id, current_space_id()))
    if membership is None:
        raise NotFound
    return render_page("people/ask_remove.html", membership=membership)


@bp.post("/<person_id>/remove")
@requires(MANAGE_PEOPLE)
def remove(person_id: str) -> Response:
    """Take somebody out of the space, at once."""
    try:
        email = memberships.remove(current_space_id(), person_id, current_user.role)
    except Conflict as wrong:
        return _page(409, errors=[FieldError("", wrong.message)])
    flash(_("%(email)s does not belong to this space any more.", email=email), "success")
    is_me = person_id == current_person().id
    return go_to(url_for("home.index") if is_me else url_for("people.index"))


@bp.post("/log-in")
@requires(MANAGE_PEOPLE)
def update_rules() -> Response:
    """How people log in to this space."""
    form = request.form
    try:
        log_in_rules.set_rules(
            current_space_id(),
            current_person().id,
            current_user.role,
            "require_totp" in form,
            form.get("sso_role_id", "") if configured() else current_user.space.sso_role_id or "",
        )
    except Invalid as wrong:
        errors = [FieldError("sso_role_id", one.message) for one in wrong.errors]
        return _page(422, errors=errors)
    except Conflict as wrong:
        return _page(409, errors=[FieldError("require_totp", wrong.message)])
    flash(_("Saved. It counts from now on."), "success")
    return go_to(url_for("people.index"))


def _invited(invited: invitations.Invited) -> Response:
    if invited.link is not None:
        return _page(201, invited=invited)
    flash(_("We are sending an invitation to %(email)s.", email=invited.invitation.email), "success")
    return go_to(url_for("people.index"))


def _givable(roles: list[Role]) -> list[Role]:
    return [role for role in roles if memberships.may_give(current_user.role, role)]


def _page(status: int = 200, **context: Any) -> Response:
    space_id = current_space_id()
    roles = list(all_roles(space_id))
    shown: dict[str, Any] = {
        "errors": [],
        "email": "",
        "role_id": "",
        "invited": None,
        "page": members_of(space_id, request.args.get("after", "").replace("\0", "")[:254]),
        "first": not request.args.get("after"),
        "invitations": open_invitations(space_id),
        "givable": _givable(roles),
        "may_give": memberships.may_give,
        "mail_is_set_up": mail_is_set_up(),
        "provider": configured(),
        "now": utc_now(),
        **context,
    }
    return render_page("people/index.html", status=status, **shown)
