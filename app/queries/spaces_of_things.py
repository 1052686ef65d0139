"""In which of a person's spaces something is that an address names."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.core.extensions import db
from app.models import ApiKey, Delivery, Event, IncomingWebhook, Membership, OAuthCredential, Space, Webhook

# By the prefix of its identifier: what pages name in their addresses.
_PREFIXES = {
    **{"whk": Webhook, "dlv": Delivery, "evt": Event, "oac": OAuthCredential, "key": ApiKey},
    "inw": IncomingWebhook,
}


def space_with(person_id: str, thing_id: str) -> Space | None:
    """The space that holds the thing, if the person belongs to it; None otherwise, whether it exists or not."""
    model: Any = _PREFIXES.get(thing_id.partition("_")[0])
    if model is None or "\0" in thing_id:
        return None
    return db.session.scalar(
        select(Space)
        .join(model, model.space_id == Space.id)
        .join(Membership, Membership.space_id == Space.id)
        .where(model.id == thing_id, Membership.person_id == person_id)
    )
