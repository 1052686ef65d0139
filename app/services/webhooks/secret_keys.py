"""The secret keys that sign a webhook's messages: show, rotate with an overlap, end the old ones (A16)."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import SigningSecret
from app.sending.message.masking import MASK
from app.sending.message.sender_identity import space_secret
from app.sending.message.signing import new_secret, parse_secret
from app.services.webhooks import changes
from app.services.webhooks.finding import find
from app.services.webhooks.settings import touch, vault

OVERLAP_S = 24 * 3600


def valid_secrets(session: Session, webhook_id: str) -> list[str]:
    """The keys that sign now, newest first, in the clear."""
    rows = session.scalars(
        select(SigningSecret)
        .where(
            SigningSecret.webhook_id == webhook_id,
            SigningSecret.expires_at.is_(None) | (SigningSecret.expires_at > utc_now()),
        )
        .order_by(SigningSecret.id.desc())
    )
    return [vault().decrypt(row.secret) for row in rows]


def reveal_secret(space_id: str, webhook_id: str) -> str:
    """The newest secret key of a webhook. Raises `NotFound`."""
    return valid_secrets(db.session(), find(space_id, webhook_id).id)[0]


def secret_in_messages(format_name: str, secret: str) -> str | None:
    """What a format says in its messages to prove who sends (`space`, S3), made of the secret key; else None."""
    return space_secret(parse_secret(secret)) if format_name == "space" else None


def rotate_secret(space_id: str, webhook_id: str, overlap_s: int = OVERLAP_S) -> str:
    """Make a new secret key and return it. The old one goes on signing beside it for `overlap_s` seconds."""
    secret = new_secret()
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        _end_current(session, webhook.id, overlap_s)
        session.add(SigningSecret(webhook_id=webhook.id, secret=vault().encrypt(secret)))
        touch(webhook)
        overlap = changes.detail("overlap_s", None, overlap_s)
        changes.record(
            session,
            webhook,
            changes.KEY_ROTATED,
            [overlap, changes.detail("secret", MASK, MASK, secret=True)],
        )
    return secret


def end_old_secrets(space_id: str, webhook_id: str) -> None:
    """From now on only the newest key signs: for a key that leaked."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        newest = session.scalar(
            select(SigningSecret.id)
            .where(SigningSecret.webhook_id == webhook.id)
            .order_by(SigningSecret.id.desc())
            .limit(1)
        )
        session.query(SigningSecret).filter(
            SigningSecret.webhook_id == webhook.id, SigningSecret.id != newest
        ).delete()
        touch(webhook)
        changes.record(session, webhook, changes.OLD_KEYS_ENDED)


def _end_current(session: Session, webhook_id: str, overlap_s: int) -> None:
    """Every key that still signs ends after the overlap, unless it ends sooner."""
    end = utc_now() + timedelta(seconds=overlap_s)
    for row in session.scalars(select(SigningSecret).where(SigningSecret.webhook_id == webhook_id)):
        if row.expires_at is None or row.expires_at > end:
            row.expires_at = end
