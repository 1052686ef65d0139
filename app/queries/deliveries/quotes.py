"""What receivers themselves said is wrong, for lists: of each delivery's newest try, one line (C5)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select

from app.core.extensions import db
from app.models import Attempt, Delivery
from app.queries.deliveries.explanations import read_headers
from app.queries.deliveries.previews import BODY_BYTES
from app.queries.deliveries.sent import beginning_of
from app.sending.failures.facts import quote_of


def receiver_quotes(deliveries: Iterable[Delivery]) -> dict[str, str]:
    """By delivery id; only of those whose newest try failed with an answer that says something. At most one query."""
    ids = [one.id for one in deliveries if one.last_reason and one.last_status]
    if not ids:
        return {}
    newest = select(func.max(Attempt.id)).where(Attempt.delivery_id.in_(ids)).group_by(Attempt.delivery_id)
    body = beginning_of(Attempt.response_body, BODY_BYTES)
    rows = db.session.execute(
        select(Attempt.delivery_id, Attempt.response_headers, body).where(Attempt.id.in_(newest))
    )
    said = {delivery_id: quote_of(read_headers(kept), body or b"") for delivery_id, kept, body in rows}
    return {delivery_id: quote for delivery_id, quote in said.items() if quote}
