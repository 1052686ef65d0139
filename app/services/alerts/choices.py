"""How each person wants to be told of what: what they chose, and what holds where they chose nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import ALERTS_CHOSEN
from app.audit.differences import detail
from app.audit.subject import PERSON, Subject
from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import AlertChoice, Membership
from app.models.alert_choice import NEVER, WAYS
from app.models.permission import MANAGE_WEBHOOKS, VIEW_WEBHOOKS
from app.models.role import Role
from app.services.alerts.letters import NOTICES
from app.services.auditing import note


def choices_of(space_id: str, person_id: str, role: Role) -> dict[str, str]:
    """For each kind of notice, in its order, how this person is told: at_once, digest or never."""
    chosen = dict(
        db.session.execute(
            select(AlertChoice.kind, AlertChoice.way).where(
                AlertChoice.space_id == space_id, AlertChoice.person_id == person_id
            )
        ).all()
    )
    return {kind: chosen.get(kind, default_for(kind, role)) for kind in NOTICES}


def default_for(kind: str, role: Role) -> str:
    """Who may manage webhooks is told; others are, once they say so."""
    return NOTICES[kind].default if role.allows(MANAGE_WEBHOOKS) else NEVER


def choose(space_id: str, person_id: str, role: Role, wanted: Mapping[str, str]) -> None:
    """Keep what the person chose; kinds that are not named stay. Raises `Invalid`, and nothing changes then."""
    errors = [
        FieldError(kind, _("Choose at once, in the daily digest, or never."))
        for kind, way in wanted.items()
        if kind in NOTICES and way not in WAYS
    ]
    errors += [
        FieldError(kind, _("There are no alerts of this kind.")) for kind in wanted if kind not in NOTICES
    ]
    if errors:
        raise Invalid(errors)
    with transaction() as session:
        before = choices_of(space_id, person_id, role)
        changed = {kind: way for kind, way in wanted.items() if before[kind] != way}
        for kind, way in changed.items():
            session.merge(AlertChoice(space_id=space_id, person_id=person_id, kind=kind, way=way))
        if changed:
            details = [detail(f"alerts.{kind}", before[kind], way) for kind, way in changed.items()]
            note(session, space_id, ALERTS_CHOSEN, Subject(PERSON, person_id), details)


def to_be_told(session: Session, space_id: str, kind: str) -> Sequence[tuple[Membership, str]]:
    """Everybody in the space who may see webhooks and wants to know, by e-mail address, with how they are told."""
    chosen = dict(
        session.execute(
            select(AlertChoice.person_id, AlertChoice.way).where(
                AlertChoice.space_id == space_id, AlertChoice.kind == kind
            )
        ).all()
    )
    members = [
        one
        for one in session.scalars(select(Membership).where(Membership.space_id == space_id))
        if one.role.allows(VIEW_WEBHOOKS)
    ]
    told = [(one, chosen.get(one.person_id, default_for(kind, one.role))) for one in members]
    return sorted(((one, way) for one, way in told if way != NEVER), key=lambda pair: pair[0].person.email)
