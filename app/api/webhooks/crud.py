"""Webhooks: create, list, read, change, delete. What switches them is in `webhook_actions`."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.wrappers import Response

from app.api.answers import answer, empty
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.api.schemas.webhooks import WebhookOut
from app.api.shapes import webhook_out
from app.core.errors import FieldError
from app.models import Webhook
from app.queries.webhooks.listing import list_webhooks as find_webhooks
from app.queries.webhooks.listing import totals_of
from app.services import webhooks as service
from app.services.webhooks.schema import WebhookIn


@bp.get("/v1/webhooks")
@scope("webhooks:read")
@documented("Webhooks", "List webhooks, oldest first", query=Paged, answer=WebhookOut, listed=True)
def list_webhooks() -> Response:
    """The webhooks of the space."""
    query = read_query(Paged)
    page = find_webhooks(space_id(), id_in(query.cursor, "whk"), query.limit)
    totals = totals_of([webhook.id for webhook in page.webhooks])
    keys = service.public_keys(page.webhooks)
    data = [webhook_out(webhook, totals[webhook.id], keys.get(webhook.id)) for webhook in page.webhooks]
    return answer(listed(data, cursor_of(page.next_cursor) if page.next_cursor else None))


@bp.post("/v1/webhooks")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Create a webhook; it is off until you enable it",
    status=201,
    body=WebhookIn,
    answer=WebhookOut,
)
def create_webhook() -> Response:
    """A new webhook, off, with its secret key, which is shown only here."""
    return created(service.create(space_id(), read_object()))


@bp.get("/v1/webhooks/<webhook_id>")
@scope("webhooks:read")
@documented("Webhooks", "Read a webhook", answer=WebhookOut, fails=(404,))
def show_webhook(webhook_id: str) -> Response:
    """One webhook."""
    return shown(service.find(space_id(), webhook_id))


@bp.patch("/v1/webhooks/<webhook_id>")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Change the settings you name; the rest stays",
    body=WebhookIn,
    partial=True,
    answer=WebhookOut,
    fails=(404,),
)
def change_webhook(webhook_id: str) -> Response:
    """Change settings. Another `signature` makes a new key, which is shown only here."""
    before = service.find(space_id(), webhook_id).signature
    webhook = service.update(space_id(), webhook_id, read_object())
    if webhook.signature == before:
        return shown(webhook)
    return shown(webhook, secret=service.reveal_secret(space_id(), webhook_id))


@bp.delete("/v1/webhooks/<webhook_id>")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Delete a webhook; its history stays readable, what waits is cancelled",
    status=204,
    fails=(404,),
)
def delete_webhook(webhook_id: str) -> Response:
    """Delete a webhook."""
    service.delete(space_id(), webhook_id)
    return empty()


def shown(webhook: Webhook, **more: object) -> Response:
    """A webhook as an answer."""
    key, totals = service.public_key(webhook), totals_of([webhook.id])[webhook.id]
    return answer(webhook_out(webhook, totals, key, **_warned(webhook), **more))


def created(made: service.CreatedWebhook) -> Response:
    """201 with a new webhook and its secret key."""
    webhook = made.webhook
    warned = _warned(webhook, made.missing)
    key, totals = service.public_key(webhook), totals_of([webhook.id])[webhook.id]
    body = webhook_out(webhook, totals, key, secret=made.secret, **warned)
    return answer(body, 201, {"Location": f"/api/v1/webhooks/{webhook.id}"})


def _warned(webhook: Webhook, missing: Sequence[FieldError] = ()) -> dict[str, object]:
    """What is odd about its settings, and what a copy lacks, if anything is."""
    found = [
        {"field": one.field, "message": one.message} for one in (*missing, *service.warnings_of(webhook))
    ]
    return {"warnings": found} if found else {}
