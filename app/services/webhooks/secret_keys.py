"""The secret keys that sign a webhook's messages: show, rotate with an overlap, end the old ones (A16)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.differences import MASK
from app.core.extensions import db, vault
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import SigningSecret, Webhook
from app.sending.message.formats import FORMATS
from app.sending.message.layout import SECRET
from app.sending.message.sender_identity import space_secret
from app.sending.message.signing import ASYMMETRIC, new_secret, parse_secret, public_key_text
from app.services.webhooks import changes
from app.services.webhooks.finding import find
from app.services.webhooks.settings import touch

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
    return space_secret(parse_secret(secret)) if SECRET in FORMATS[format_name].says else None


def rotate_secret(space_id: str, webhook_id: str, overlap_s: int = OVERLAP_S) -> str:
    """Make a new secret key and return it. The old one goes on signing beside it for `overlap_s` seconds."""
    with transaction() as session:
        webhook = find(space_id, webhook_id)
        secret = replace_key(session, webhook, overlap_s)
        touch(webhook)
    return secret


def replace_key(session: Session, webhook: Webhook, overlap_s: int = OVERLAP_S) -> str:
    """A new key of the kind that the webhook signs with, within the caller's transaction; returns it."""
    secret = new_secret(webhook.signature)
    _end_current(session, webhook.id, overlap_s)
    session.add(key_row(webhook.id, secret))
    overlap = changes.detail("overlap_s", None, overlap_s)
    replaced = changes.detail("secret", MASK, MASK, secret=True)
    changes.record(session, webhook, changes.KEY_ROTATED, [overlap, replaced])
    return secret


def key_row(webhook_id: str, secret: str) -> SigningSecret:
    """The row that keeps a secret key, and beside it the public part of one that has any."""
    key = parse_secret(secret)
    public_key = public_key_text(key) if key.kind == ASYMMETRIC else None
    return SigningSecret(webhook_id=webhook_id, secret=vault().encrypt(secret), public_key=public_key)


def public_key(webhook: Webhook) -> str | None:
    """What a receiver checks the newest key's signatures with (`whpk_...`); None if the key is shared."""
    return public_keys([webhook]).get(webhook.id)


def public_keys(webhooks: Iterable[Webhook]) -> dict[str, str]:
    """The public part of the newest key of each webhook whose key has one, by webhook."""
    ids = [webhook.id for webhook in webhooks if webhook.signature == ASYMMETRIC]
    if not ids:
        return {}
    rows = db.session.execute(
        select(SigningSecret.webhook_id, SigningSecret.public_key)
        .where(SigningSecret.webhook_id.in_(ids), SigningSecret.public_key.is_not(None))
        .order_by(SigningSecret.id)
    )
    return {webhook_id: text for webhook_id, text in rows if text is not None}


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
