"""What a space's test address received, and whose signature each message carries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.extensions import db
from app.models import Inbox, InboxMessage, SigningSecret, Webhook
from app.queries.deliveries.explanations import read_headers
from app.sending.message.signing import NotVerified, SigningKey, parse_secret, verify


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A message, its headers, and the webhook whose secret key signed it."""

    message: InboxMessage
    headers: list[tuple[str, str]]
    signed: bool
    signed_by: str | None


def received(inbox: Inbox, decrypt: Callable[[str], str]) -> list[InboxEntry]:
    """Newest first. `decrypt` decrypts a stored secret key."""
    messages = list(
        _session().scalars(
            select(InboxMessage).where(InboxMessage.inbox_id == inbox.id).order_by(InboxMessage.id.desc())
        )
    )
    keys = _keys(inbox.space_id, decrypt) if messages else []
    return [_with_signer(message, keys) for message in messages]


def newest_message(inbox: Inbox) -> str:
    """The id of the newest message; empty if there is none."""
    newest = select(InboxMessage.id).where(InboxMessage.inbox_id == inbox.id).order_by(InboxMessage.id.desc())
    return _session().scalar(newest.limit(1)) or ""


def _keys(space_id: str, decrypt: Callable[[str], str]) -> list[tuple[str, SigningKey]]:
    rows = _session().execute(
        select(Webhook.name, SigningSecret.secret)
        .join(SigningSecret, SigningSecret.webhook_id == Webhook.id)
        .where(Webhook.space_id == space_id, Webhook.deleted_at.is_(None))
        .order_by(SigningSecret.id.desc())
        .limit(200)
    )
    return [(name, parse_secret(decrypt(secret))) for name, secret in rows]


def _with_signer(message: InboxMessage, keys: Sequence[tuple[str, SigningKey]]) -> InboxEntry:
    headers = read_headers(message.headers)
    found = {name.lower(): value for name, value in headers}
    signature = found.get("webhook-signature", "")
    signer = next((name for name, key in keys if signature and _fits(message, found, key)), None)
    return InboxEntry(message, headers, bool(signature), signer)


def _fits(message: InboxMessage, headers: dict[str, str], key: SigningKey) -> bool:
    """True if this key signed the message, judged at the moment it came in."""
    try:
        verify(
            headers.get("webhook-id", ""),
            headers.get("webhook-timestamp", ""),
            headers["webhook-signature"],
            message.body,
            [key],
            now_s=message.received_at.timestamp(),
        )
    except NotVerified:
        return False
    return True


def _session() -> Session:
    return db.session()
