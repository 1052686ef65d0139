"""The host's own services behind tools: set, remove, and pass a call on (D6).

What goes out is signed by Standard Webhooks over `signed_content`: method, path, space, person, webhook and body. So
a service can be sure of who acts, with any of its libraries. Nothing that proves who the caller is leaves with it:
of the caller's headers only those that describe the body go on.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from flask import current_app
from flask_babel import gettext as _
from pydantic import Field, ValidationInfo, field_validator
from sqlalchemy import select

from app.audit.actions import SERVICE_REMOVED, SERVICE_SET
from app.audit.differences import detail
from app.audit.subject import OWN_SERVICE, Subject
from app.core.errors import FieldError, Invalid, NotFound
from app.core.extensions import db, vault
from app.core.ids import new_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.core.validation import Schema, check
from app.core.version import __version__
from app.models import OwnService
from app.models.own_service import DEFAULT_TIMEOUT_S, LONGEST_TIMEOUT_S
from app.outbound import AddressRefused, Exchange, OutboundPolicy, Request, check_address, send_one
from app.sending.message.signing import new_secret, parse_secret, sign
from app.services.auditing import note
from app.services.incoming.rights import Caller
from app.services.incoming.tools import EVENTS, tools
from app.services.other_servers import asking_others

PASSED_ON = ("content-type", "accept", "accept-language", "idempotency-key")
JSON_TYPES = ("application/json", "application/problem+json")
UNREACHABLE, TIMED_OUT, UNUSABLE = "service_unreachable", "service_timed_out", "service_answer"
_TIMEOUTS = frozenset({"dns_timeout", "connect_timeout", "read_timeout", "read_timeout_answered"})


class OwnServiceIn(Schema):
    """Where a tool's calls go. `timeout_s`: seconds for all of a call."""

    tool: str
    url: Annotated[str, Field(min_length=1, max_length=1000)]
    timeout_s: Annotated[int, Field(ge=1, le=LONGEST_TIMEOUT_S)] = DEFAULT_TIMEOUT_S

    @field_validator("url")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        try:
            checked = check_address(value, info.context["policy"])  # type: ignore[index]
        except AddressRefused as refused:
            raise ValueError(_(refused.field_message)) from None
        if "?" in checked:
            raise ValueError(_("Leave out the question mark and what follows it."))
        return checked.rstrip("/")


@dataclass(frozen=True, slots=True)
class PassedOn:
    """What an own service answered: JSON, or nothing."""

    status: int
    body: bytes
    media_type: str


class ServiceFailed(Exception):
    """It gave no answer that can be handed on. `timed_out`: 504, else 502. reason: one of the words above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    @property
    def timed_out(self) -> bool:
        """True if it took too long."""
        return self.reason == TIMED_OUT


def services_of(space_id: str) -> Sequence[OwnService]:
    """The own services of a space."""
    return db.session.scalars(
        select(OwnService).where(OwnService.space_id == space_id).order_by(OwnService.tool)
    ).all()


def service_for(space_id: str, tool: str) -> OwnService | None:
    """Where a tool's calls go; None: to the records here."""
    if tool == EVENTS:
        return None
    return db.session.scalar(
        select(OwnService).where(OwnService.space_id == space_id, OwnService.tool == tool)
    )


def set_service(space_id: str, data: Mapping[str, Any]) -> OwnService:
    """Send a tool's calls to an address from now on. Raises `Invalid`. A new host gets a new secret."""
    checked = check(OwnServiceIn, data, {"policy": _policy()})
    if checked.tool not in tools() or checked.tool == EVENTS:
        raise Invalid([FieldError("tool", _("Choose a tool from the list."))])
    with transaction() as session:
        row = service_for(space_id, checked.tool)
        before = row.url if row else None
        if row is None:
            row = OwnService(id=new_id("osv"), space_id=space_id, tool=checked.tool)
            session.add(row)
        if before is None or _host(before) != _host(checked.url):
            row.encrypted_secret = vault().encrypt(new_secret())
        row.url, row.timeout_s, row.updated_at = checked.url, checked.timeout_s, utc_now()
        details = [detail("service.tool", None, row.tool), detail("service.url", before, row.url)]
        note(session, space_id, SERVICE_SET, Subject(OWN_SERVICE, row.id), details)
    return row


def remove_service(space_id: str, tool: str) -> None:
    """The tool's calls go to the records here again. Raises `NotFound`."""
    with transaction() as session:
        row = service_for(space_id, tool)
        if row is None:
            raise NotFound
        details = [detail("service.tool", tool, None), detail("service.url", row.url, None)]
        note(session, space_id, SERVICE_REMOVED, Subject(OWN_SERVICE, row.id), details)
        session.delete(row)


def secret_of(row: OwnService) -> str:
    """The secret by which the service checks what we pass on (`whsec_...`)."""
    return vault().decrypt(row.encrypted_secret)


def pass_on(
    row: OwnService, caller: Caller, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> PassedOn:
    """Hand a call on and wait for the answer; no transaction may be open. Raises `ServiceFailed`.

    `path`: what stands below the incoming address, with its query. It waits in no thread that others need.
    """
    request = _request(row, caller, method, path, headers, body)
    db.session.commit()  # nothing is locked, and no connection is held, while somebody else's server thinks
    with asking_others(caller.webhook.space_id):
        exchange = send_one(request, _policy())
    return _answer(exchange)


def signed_content(method: str, path: str, space: str, person: str, webhook: str, body: bytes) -> bytes:
    """What is signed, and what a service puts together again to check it."""
    return "\n".join((method, path, space, person, webhook, "")).encode() + body


def _request(
    row: OwnService, caller: Caller, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Request:
    webhook, stamp, message_id = caller.webhook, int(time.time()), new_id("msg")
    person = webhook.person_id or ""
    content = signed_content(method, path, webhook.space_id, person, webhook.id, body)
    passed = [(name, value) for name in PASSED_ON if (value := headers.get(name))]
    ours = [
        ("user-agent", f"Hookdesk/{__version__}"),
        ("hookdesk-space", webhook.space_id),
        ("hookdesk-person", person),
        ("hookdesk-webhook", webhook.id),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(stamp)),
        ("webhook-signature", sign(message_id, stamp, content, [parse_secret(secret_of(row))])),
    ]
    return Request(method, f"{row.url}{path}", passed + ours, body, row.timeout_s * 1000)


def _answer(exchange: Exchange) -> PassedOn:
    if exchange.fault is not None or exchange.status is None:
        raise ServiceFailed(TIMED_OUT if exchange.fault in _TIMEOUTS else UNREACHABLE)
    whole = not exchange.truncated and exchange.body_size <= len(exchange.body)
    media_type = _media_type(exchange)
    usable = exchange.status == 204 or not exchange.body or media_type in JSON_TYPES
    if not (200 <= exchange.status < 300 or 400 <= exchange.status < 500) or not whole or not usable:
        raise ServiceFailed(UNUSABLE)
    return PassedOn(exchange.status, exchange.body, media_type)


def _media_type(exchange: Exchange) -> str:
    found = next((value for name, value in exchange.headers if name.lower() == "content-type"), "")
    return found.partition(";")[0].strip().lower()


def _host(url: str) -> str:
    return url.split("/", 3)[2]


def _policy() -> OutboundPolicy:
    policy: OutboundPolicy = current_app.config["SETTINGS"].outbound_policy()
    return policy
