"""The exact request that a webhook as typed would send, made by the code that sends; nothing is sent or stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.audit.differences import MASK
from app.core.ids import new_id
from app.core.times import now_ms
from app.sending.message.composing import compose
from app.sending.message.layout import AddressTooLarge
from app.sending.message.masking import mask_headers
from app.services.event_types import catalogue_of
from app.services.events.schema import as_sent
from app.services.webhooks.finding import find
from app.services.webhooks.probe import draft, target_of

# Stand for what is not typed yet.
NO_NAME, NO_ADDRESS, NO_EVENT = "-", "https://example.com/", "lead.created"
# Printable ASCII, as header values must be; headers whose value is stored are masked anyway.
STORED = "stored"


@dataclass(frozen=True, slots=True)
class Preview:
    """A request, secrets masked. `too_large`: it could not be made, and why."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    event_type: str
    too_large: str | None = None


def preview(space_id: str, data: Mapping[str, Any], webhook_id: str | None = None) -> Preview:
    """The request for the sample of the first chosen event. Raises `Invalid` or `NotFound`.

    What has not been typed yet is stood in for, so that it can be seen from the first letter on.
    """
    stored = find(space_id, webhook_id) if webhook_id else None
    webhook = draft(space_id, _stood_in_for(space_id, data), stored)
    target = target_of(webhook, stored)
    event = catalogue_of(space_id).get(webhook.events[0])
    now = now_ms()
    sample = as_sent(event.sample if event else {})
    try:
        sent = compose(target, new_id("evt"), webhook.events[0], now, sample, now)
    except AddressTooLarge as refused:
        return Preview(target.method, target.url, [], b"", webhook.events[0], str(refused))
    url, body = sent.url, sent.body
    if target.layout_scrub:
        url, body = target.layout_scrub(url), target.layout_scrub(body)
    return Preview(sent.method, url, mask_headers(sent.header_pairs()), body, webhook.events[0])


def _stood_in_for(space_id: str, data: Mapping[str, Any]) -> dict[str, Any]:
    known = catalogue_of(space_id)
    auth = dict(data.get("auth") or {})
    if auth.get("kind") == "basic":
        auth["username"] = auth.get("username") or NO_NAME
        auth["password"] = MASK
    events = [key for key in data.get("events") or [] if key in known]
    return {
        **data,
        "name": data.get("name") or NO_NAME,
        "url": data.get("url") or NO_ADDRESS,
        "events": events or [NO_EVENT if NO_EVENT in known else known.groups[0].event_types[0].key],
        "auth": auth,
        "headers": {
            n: STORED if value is None else value for n, value in (data.get("headers") or {}).items()
        },
        "conditions": [],
    }
