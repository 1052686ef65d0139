"""The secret key on screen: show it, replace it, end the old one (A16)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import flash, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app.core.extensions import db
from app.core.times import utc_now
from app.models import SigningSecret, Webhook
from app.models.role import MANAGE_WEBHOOKS
from app.queries.webhooks.listing import get_webhook
from app.services import webhooks as service
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page
from app.web.webhooks.blueprint import bp

BLOCKS = {"secret-key": "secret_key"}


@dataclass(frozen=True, slots=True)
class Key:
    """The newest key: in the clear or not, and until when older ones still sign beside it.

    `in_messages`: what the format says in its messages to prove who sends. `public`: what a receiver checks
    with, of a key pair; then the key itself is nobody's business but ours.
    """

    text: str | None
    old_until: datetime | None
    in_messages: str | None = None
    public: str | None = None


@bp.get("/<webhook_id>/secret-key")
@requires(MANAGE_WEBHOOKS)
def secret_key(webhook_id: str) -> Response:
    """The key in the clear."""
    webhook = get_webhook(current_space_id(), webhook_id)
    return render_page("webhooks/secret_key.html", blocks=BLOCKS, webhook=webhook, key=shown_key(webhook))


@bp.post("/<webhook_id>/secret-key")
@requires(MANAGE_WEBHOOKS)
def rotate_secret_key(webhook_id: str) -> Response:
    """A new key; the old one goes on signing beside it for a day."""
    service.rotate_secret(current_space_id(), webhook_id)
    flash(_("There is a new secret key. The old one goes on working beside it for 24 hours."), "success")
    return go_to(url_for("webhooks.secret_key", webhook_id=webhook_id))


@bp.post("/<webhook_id>/secret-key/end-old")
@requires(MANAGE_WEBHOOKS)
def end_old_keys(webhook_id: str) -> Response:
    """Only the newest key signs from now on."""
    service.end_old_secrets(current_space_id(), webhook_id)
    flash(_("The old secret key no longer works."), "success")
    return go_to(url_for("webhooks.secret_key", webhook_id=webhook_id))


def shown_key(webhook: Webhook) -> Key:
    """The newest key in the clear."""
    secret = service.reveal_secret(webhook.space_id, webhook.id)
    in_messages = service.secret_in_messages(webhook.format, secret)
    return Key(secret, _old_until(webhook.id), in_messages, service.public_key(webhook))


def hidden_key(webhook: Webhook) -> Key:
    """What may be said about the key without showing it."""
    return Key(None, _old_until(webhook.id), public=service.public_key(webhook))


def _old_until(webhook_id: str) -> datetime | None:
    return db.session().scalar(
        select(SigningSecret.expires_at)
        .where(SigningSecret.webhook_id == webhook_id, SigningSecret.expires_at > utc_now())
        .order_by(SigningSecret.expires_at.desc())
        .limit(1)
    )
