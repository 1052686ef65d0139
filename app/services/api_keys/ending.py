"""Tell people by mail that a key ends within a week, once."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import ApiKey, Membership, Space
from app.models.permission import MANAGE_API_KEYS
from app.queries.spaces import in_use
from app.services.alerts import mail

TELL_BEFORE = timedelta(days=7)
AT_ONCE = 50


def tell_of_ends() -> int:
    """Write the letters that are due; how many keys they are about. Nothing is written without a mail server."""
    if mail.server() is None:
        return 0
    key_ids = _ending_soon(db.session())
    for key_id in key_ids:
        with transaction() as session:
            _tell(session, key_id)
    return len(key_ids)


def _ending_soon(session: Session) -> list[str]:
    now = utc_now()
    query = select(ApiKey.id).where(
        ApiKey.expires_at > now,
        ApiKey.expires_at <= now + TELL_BEFORE,
        ApiKey.end_told_at.is_(None),
        ApiKey.revoked_at.is_(None),
        in_use(ApiKey.space_id),
    )
    return list(session.scalars(query.order_by(ApiKey.expires_at).limit(AT_ONCE)))


def _tell(session: Session, key_id: str) -> None:
    """Whoever looks at the same time finds the row taken, and then told."""
    key = session.scalar(
        select(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.end_told_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if key is None or key.expires_at is None:
        return
    key.end_told_at = utc_now()
    space = session.get_one(Space, key.space_id)
    subject, body = _letter(key, space)
    for recipient in _who_may_manage(session, space.id):
        mail.write(session, space.id, recipient, subject, body)


def _who_may_manage(session: Session, space_id: str) -> list[str]:
    members = session.scalars(select(Membership).where(Membership.space_id == space_id))
    return sorted(m.person.email for m in members if m.role.allows(MANAGE_API_KEYS))


def _letter(key: ApiKey, space: Space) -> tuple[str, str]:
    page = f"{current_app.config['SETTINGS'].base_url}/settings/api-keys"
    used = _("It was last used at %(time)s.", time=_clock(key.last_used_at)) if key.last_used_at else ""
    paragraphs = [
        _(
            "The API key “%(name)s” (…%(hint)s) of the space “%(space)s” ends at %(time)s.",
            name=key.name,
            hint=key.hint,
            space=space.name,
            time=_clock(key.expires_at),
        ),
        used or _("It was never used."),
        _("If a program still needs it, make a new key and put it there: %(page)s", page=page),
        _("You get this because you may manage API keys in the space “%(space)s”.", space=space.name),
    ]
    return _("The API key “%(name)s” ends soon", name=key.name), "\n\n".join(paragraphs) + "\n"


def _clock(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
