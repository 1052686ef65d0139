"""Incoming webhooks: create, list, read, change, renew, delete (D1)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, empty, moment, moment_or_none
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.core.acting import acting
from app.core.validation import Schema, check
from app.models import IncomingWebhook
from app.queries.incoming import page_of_incoming_webhooks
from app.services import incoming as service
from app.services.incoming.addresses import DEFAULT_OVERLAP_S, LONGEST_OVERLAP_S
from app.services.incoming.makers import Viewer, maker_of_key, viewer_of_key
from app.services.incoming.schema import IncomingWebhookIn

TAG = "Incoming webhooks"
PATH = "/v1/incoming-webhooks"


class IncomingWebhookOut(TypedDict):
    """An incoming webhook. `address` is null for a key that may do less than the address lets do."""

    id: str
    name: str
    address: str | None
    state: Literal["active", "off"]
    tools: list[str]
    methods: list[str]
    read_only: bool
    networks: list[str]
    rate_per_minute: int | None
    last_used_at: str | None
    created_at: str
    updated_at: str


class RenewIn(Schema):
    """`overlap_s`: how long the address before goes on working, in seconds."""

    overlap_s: Annotated[int, Field(ge=0, le=LONGEST_OVERLAP_S)] = DEFAULT_OVERLAP_S


@bp.get(PATH)
@scope("incoming:write")
@documented(TAG, "List incoming webhooks, oldest first", query=Paged, answer=IncomingWebhookOut, listed=True)
def list_incoming_webhooks() -> Response:
    """Those of the space."""
    query = read_query(Paged)
    page = page_of_incoming_webhooks(space_id(), id_in(query.cursor, "inw"), query.limit)
    viewer = viewer_of_key(acting().id)
    data = [_out(webhook, viewer) for webhook in page.webhooks]
    return answer(listed(data, cursor_of(page.next_cursor) if page.next_cursor else None))


@bp.post(PATH)
@scope("incoming:write")
@documented(
    TAG,
    "Create an incoming webhook; it acts as the person who made the key",
    status=201,
    body=IncomingWebhookIn,
    answer=IncomingWebhookOut,
)
def create_incoming_webhook() -> Response:
    """A new one, ready to be called."""
    webhook = service.create(space_id(), read_object(), maker_of_key(acting().id))
    return _shown(webhook, 201, {"Location": f"/api{PATH}/{webhook.id}"})


@bp.get(f"{PATH}/<incoming_webhook_id>")
@scope("incoming:write")
@documented(TAG, "Read an incoming webhook", answer=IncomingWebhookOut, fails=(404,))
def show_incoming_webhook(incoming_webhook_id: str) -> Response:
    """One of them."""
    return _shown(service.find(space_id(), incoming_webhook_id))


@bp.patch(f"{PATH}/<incoming_webhook_id>")
@scope("incoming:write")
@documented(
    TAG,
    "Change the settings you name",
    body=IncomingWebhookIn,
    partial=True,
    answer=IncomingWebhookOut,
    fails=(404,),
)
def change_incoming_webhook(incoming_webhook_id: str) -> Response:
    """Change settings."""
    return _shown(service.update(space_id(), incoming_webhook_id, read_object()))


@bp.delete(f"{PATH}/<incoming_webhook_id>")
@scope("incoming:write")
@documented(TAG, "Delete an incoming webhook; its address ends at once", status=204, fails=(404,))
def delete_incoming_webhook(incoming_webhook_id: str) -> Response:
    """Delete it."""
    service.delete(space_id(), incoming_webhook_id)
    return empty()


@bp.post(f"{PATH}/<incoming_webhook_id>/renew")
@scope("incoming:write")
@documented(
    TAG,
    "Give it a new address; the one before works on for a while",
    body=RenewIn,
    body_optional=True,
    answer=IncomingWebhookOut,
    fails=(404,),
)
def renew_incoming_webhook(incoming_webhook_id: str) -> Response:
    """A new address."""
    overlap_s = check(RenewIn, read_object(optional=True)).overlap_s
    return _shown(service.renew(space_id(), incoming_webhook_id, overlap_s))


def _shown(webhook: IncomingWebhook, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return answer(_out(webhook, viewer_of_key(acting().id)), status, headers)


def _out(webhook: IncomingWebhook, viewer: Viewer) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "address": service.address_of(webhook) if viewer.may_see(webhook) else None,
        "state": webhook.state,
        "tools": list(webhook.tools),
        "methods": list(webhook.methods),
        "read_only": webhook.read_only,
        "networks": list(webhook.networks),
        "rate_per_minute": webhook.rate_per_minute,
        "last_used_at": moment_or_none(webhook.last_used_at),
        "created_at": moment(webhook.created_at),
        "updated_at": moment(webhook.updated_at),
    }
