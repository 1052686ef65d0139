"""Deliveries: list, read one with every attempt, resend (C2, C3, C4)."""

from __future__ import annotations

from typing import Literal

from werkzeug.wrappers import Response

from app.api.answers import answer
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, QueryTime, Text, listed, read_query, wrong_cursor
from app.api.schemas.deliveries import AttemptOut, DeliveryOut
from app.api.shapes import attempt_out, clock, delivery_out
from app.core.paging import BadCursor
from app.core.validation import Schema, check
from app.models import Attempt, Delivery, Webhook
from app.queries.deliveries.detail import DeliveryDetail, delivery_detail
from app.queries.deliveries.explanations import RetryPlan, explain_attempt, plan_of
from app.queries.deliveries.listing import DeliveryPage, Filters, find_deliveries
from app.queries.deliveries.previews import attempt_previews, data_previews, webhooks_by_id
from app.services.deliveries import resend
from app.services.exports import export_deliveries as export


class DeliveryFilters(Schema):
    """Filters of the list. `q`: an id, an e-mail address, a phone number, a name, any short value of the data."""

    webhook_id: Text | None = None
    event_id: Text | None = None
    event_type: Text | None = None
    status: Literal["pending", "sending", "succeeded", "failed", "held", "cancelled"] | None = None
    reason: Text | None = None
    q: Text | None = None
    since: QueryTime | None = None
    until: QueryTime | None = None


class DeliveriesQuery(Paged, DeliveryFilters):
    """A page of the list."""


class ExportQuery(DeliveryFilters):
    """The whole list, as CSV or as JSON lines."""

    format: Literal["csv", "jsonl"] = "csv"


class ResendIn(Schema):
    """`until_it_works`: go on trying until the receiver takes it."""

    until_it_works: bool = False


@bp.get("/v1/deliveries")
@scope("deliveries:read")
@documented(
    "Deliveries", "List deliveries, newest first", query=DeliveriesQuery, answer=DeliveryOut, listed=True
)
def list_deliveries() -> Response:
    """Deliveries that match, newest first. Bodies are cut; read one delivery to see them whole."""
    query = read_query(DeliveriesQuery)
    filters = Filters(**query.model_dump(exclude={"limit", "cursor"}))
    try:
        page = find_deliveries(space_id(), filters, query.cursor, query.limit)
    except BadCursor:
        raise wrong_cursor() from None
    return answer(listed(_rows(page), page.next_cursor))


@bp.get("/v1/deliveries/export")
@scope("deliveries:read")
@documented(
    "Deliveries",
    "All deliveries that match as a file, newest first, without their data and tries",
    query=ExportQuery,
    media=("text/csv", "application/x-ndjson"),
)
def export_deliveries() -> Response:
    """It is written while it is read, however many there are."""
    query = read_query(ExportQuery)
    return export(space_id(), Filters(**query.model_dump(exclude={"format"})), query.format)


@bp.get("/v1/deliveries/<delivery_id>")
@scope("deliveries:read")
@documented("Deliveries", "Read a delivery with every try", answer=DeliveryOut, fails=(404,))
def show_delivery(delivery_id: str) -> Response:
    """One delivery."""
    return answer(_whole(delivery_detail(space_id(), delivery_id, clock)))


@bp.post("/v1/deliveries/<delivery_id>/attempts")
@scope("deliveries:resend")
@documented(
    "Deliveries",
    "Send it again now, under the same webhook-id",
    status=202,
    body=ResendIn,
    body_optional=True,
    answer=DeliveryOut,
    fails=(404, 409),
)
def resend_delivery(delivery_id: str) -> Response:
    """Order one more try."""
    wanted = check(ResendIn, read_object(optional=True))
    resend(space_id(), delivery_id, wanted.until_it_works)
    return answer(_whole(delivery_detail(space_id(), delivery_id, clock)), 202)


def _whole(detail: DeliveryDetail) -> DeliveryOut:
    attempts = [attempt_out(each.attempt, each.explanation) for each in reversed(detail.attempts)]
    return delivery_out(detail.delivery, detail.event.data if detail.event else None, attempts)


def _rows(page: DeliveryPage) -> list[DeliveryOut]:
    deliveries = [row.delivery for row in page.rows]
    data = data_previews([delivery.event_id for delivery in deliveries])
    attempts = attempt_previews([delivery.id for delivery in deliveries])
    webhooks = webhooks_by_id({delivery.webhook_id for delivery in deliveries})
    return [
        delivery_out(
            delivery,
            data.get(delivery.event_id),
            _attempts(delivery, webhooks[delivery.webhook_id], attempts.get(delivery.id, [])),
        )
        for delivery in deliveries
    ]


def _attempts(delivery: Delivery, webhook: Webhook, attempts: list[Attempt]) -> list[AttemptOut]:
    """Oldest first; only the newest one's explanation speaks of what comes next."""
    plans: list[RetryPlan | None] = [None] * len(attempts)
    if plans:
        plans[-1] = plan_of(delivery, webhook)
    return [
        attempt_out(attempt, explain_attempt(attempt, webhook.timeout_s, clock, plan))
        for attempt, plan in zip(attempts, plans, strict=True)
    ]
