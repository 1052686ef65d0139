"""Forward a space's events to an address on this machine, signed as a webhook's are: for who builds a receiver (F9)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.core.ids import first_id, new_id
from app.core.times import ms_of, now_ms
from app.models import Event
from app.outbound import AddressRefused, OneByOne, OutboundPolicy, check_address
from app.sending.failures.diagnosis import explain
from app.sending.failures.facts import Failure, failure_facts
from app.sending.failures.success_rules import ANY_2XX, judge
from app.sending.message.composing import compose
from app.sending.message.target import Target, target_from

AT_ONCE = 100
TIMEOUT_S = 30
# An event is named a moment before it is committed: so long is looked back, and what was sent is remembered.
LOOK_BACK_MS = 5000

_LOOPBACK = ("127.0.0.1", "::1")
POLICY = OutboundPolicy(
    allow_networks=(ip_network("127.0.0.0/8"), ip_network("::1/128")), allow_http=True, allow_ports=None
)


@dataclass(frozen=True, slots=True)
class Forwarded:
    """One event that was sent. `said`: why it does not count as delivered; empty if it does."""

    event_id: str
    event_type: str
    at: datetime
    status: int | None
    ms: int
    said: str


class Forwarder:
    """Sends what is published from now on, one event after the other, each once."""

    def __init__(self, space_id: str, url: str, secret: str, types: Sequence[str] = ()) -> None:
        """`types`: only these events; none: all. Raises `Invalid` for an address that is not on this machine."""
        self._space_id = space_id
        self._types = list(types)
        self._target = _target(space_id, _checked(url), secret)
        self._began = new_id("evt")
        self._newest = self._began
        self._sent: set[str] = set()
        # A name leads here and nowhere else, whatever it resolves to.
        self._sender = OneByOne(lookup=lambda _host: list(_LOOPBACK))

    def forward_new(self) -> Iterator[Forwarded]:
        """Send what was published since the last call; yields each once it was answered."""
        since = self._since()
        self._sent = {one for one in self._sent if one > since}
        for event in self._new_events(since):
            self._sent.add(event.id)
            self._newest = max(self._newest, event.id)
            yield self._forwarded(event)

    def _since(self) -> str:
        """A little before the newest that was sent, however long ago that was."""
        return max(self._began, first_id("evt", _ms_in(self._newest) - LOOK_BACK_MS))

    def _new_events(self, since: str) -> Sequence[Event]:
        query = select(Event).where(Event.space_id == self._space_id, Event.id > since)
        if self._types:
            query = query.where(Event.type.in_(self._types))
        found = db.session.scalars(query.order_by(Event.id).limit(AT_ONCE + len(self._sent))).all()
        db.session.expunge_all()
        db.session.rollback()  # bytes are going to travel: no transaction stays open
        return [event for event in found if event.id not in self._sent]

    def _forwarded(self, event: Event) -> Forwarded:
        message = compose(
            self._target, event.id, event.type, ms_of(event.occurred_at), event.data, now_ms(), event.actor_id
        )
        exchange = self._sender.send(message, POLICY)
        verdict = judge(ANY_2XX, exchange)
        said = ""
        if verdict.reason is not None:
            failure = Failure(
                reason=verdict.reason,
                url=self._target.url,
                method="POST",
                trigger="test",
                status=exchange.status,
                known=exchange.facts,
                response_headers=exchange.headers,
                response_body=exchange.body,
            )
            said = explain(verdict.reason, failure_facts(failure), _).what
        return Forwarded(
            event.id, event.type, event.created_at, exchange.status, round(exchange.duration_us / 1000), said
        )


def _ms_in(event_id: str) -> int:
    return int(event_id.removeprefix("evt_")[:12], 16)


def _checked(url: str) -> str:
    try:
        checked = check_address(url, POLICY)
    except AddressRefused as refused:
        raise Invalid([FieldError("forward-to", _(refused.field_message))]) from None
    if not _is_here(urlsplit(checked).hostname or ""):
        said = _("Enter an address on this machine, such as http://127.0.0.1:3000/hook.")
        raise Invalid([FieldError("forward-to", said)])
    return checked


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _target(space_id: str, url: str, secret: str) -> Target:
    """By the same code as a webhook's. Raises `Invalid` for a key that cannot sign."""
    row = {
        "id": "listen",
        "version": 1,
        "space_id": space_id,
        "url": url,
        "method": "POST",
        "format": "standard",
        "auth_kind": "none",
        "auth_username": "",
        "auth_password": None,
        "own_headers": None,
        "oauth_credential_id": None,
        "oauth_hosts": [],
        "payload_fields": None,
        "success_rule": ANY_2XX,
        "timeout_s": TIMEOUT_S,
        "retry_schedule": [],
        "secrets": [(secret, None)],
    }
    try:
        return target_from(row, str)
    except ValueError as error:
        raise Invalid([FieldError("secret", str(error))]) from None
