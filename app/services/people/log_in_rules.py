"""How people log in to a space: two steps for everybody, and who may come by single sign-on without an invitation."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit.actions import LOGIN_RULES_EDITED
from app.audit.differences import detail
from app.audit.subject import SPACE, Subject
from app.core.errors import Conflict
from app.core.transaction import transaction
from app.models import Person, Role, Space
from app.services.auditing import note
from app.services.people.memberships import givable_role


def set_rules(space_id: str, person_id: str, giver: Role, require_totp: bool, sso_role_id: str) -> None:
    """Save them. They count from everybody's next request. `sso_role_id` empty: nobody comes without an invitation.

    Raises `Invalid`, and `Conflict` if whoever wants two steps for all has not set them up: they would be the first
    to stand outside.
    """
    with transaction() as session:
        space = session.get_one(Space, space_id, populate_existing=True)
        if require_totp and not space.require_totp:
            _refuse_without_two_steps(session.get_one(Person, person_id))
        role_id = _role_id(session, space, sso_role_id, giver)
        before = {"require_totp": space.require_totp, "sso_role": _name(session, space.sso_role_id)}
        space.require_totp, space.sso_role_id = require_totp, role_id
        after = {"require_totp": require_totp, "sso_role": _name(session, role_id)}
        details = [
            detail(f"space.{one}", before[one], after[one]) for one in after if before[one] != after[one]
        ]
        if details:
            note(session, space_id, LOGIN_RULES_EDITED, Subject(SPACE, space_id), details)


def _role_id(session: Session, space: Space, wanted: str, giver: Role) -> str | None:
    if not wanted or wanted == space.sso_role_id:
        return wanted or None
    return givable_role(session, space.id, wanted, giver).id


def _name(session: Session, role_id: str | None) -> str | None:
    role = session.get(Role, role_id) if role_id else None
    return role.name if role else None


def _refuse_without_two_steps(person: Person) -> None:
    if person.totp_since is None:
        raise Conflict(
            "two_step_is_off",
            _("Set up logging in with two steps for yourself first, then require it of everybody."),
        )
