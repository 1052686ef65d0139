"""The links that were given to a delivery."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.extensions import db
from app.core.times import utc_now
from app.models import DeliveryLink

MOST = 50


def working_links(space_id: str, delivery_id: str) -> Sequence[DeliveryLink]:
    """Those that can be followed now, newest first."""
    return db.session.scalars(
        select(DeliveryLink)
        .where(
            DeliveryLink.delivery_id == delivery_id,
            DeliveryLink.space_id == space_id,
            DeliveryLink.revoked_at.is_(None),
            DeliveryLink.expires_at > utc_now(),
        )
        .order_by(DeliveryLink.id.desc())
        .limit(MOST)
    ).all()
