"""What the answers to the probes mean, line by line. Pure: probes' outcomes in, lines of the score card out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.models.receiver_check import BAD, GOOD, INFO, SKIPPED, WARN
from app.outbound import Exchange
from app.services.receiver_checks.probes import LARGE, METHOD, REPEATED, STALE, TAMPERED, VALID

# The other lines, which the same exchanges tell of.
REDIRECT, CERTIFICATE, SPEED, HTTP2, KEEP_ALIVE = "redirect", "certificate", "speed", "http2", "keep_alive"
LINES = (
    *(VALID, REDIRECT, CERTIFICATE, SPEED, REPEATED, TAMPERED, STALE),
    *(METHOD, LARGE, HTTP2, KEEP_ALIVE),
)

ENDS_SOON = timedelta(days=14)
# Slower than this share of the time limit is near to failing.
SLOW_SHARE = 0.5

Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One probe: what came back, and whether that counts as delivered.

    `reason` and `facts`: of a failure, as its sentence needs them (`failure_facts`).
    """

    exchange: Exchange
    ok: bool
    reason: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int | None:
        """The code of the answer, if there was one."""
        return self.exchange.status if self.exchange.fault is None else None

    @property
    def ms(self) -> int:
        """How long it took, in milliseconds."""
        return round(self.exchange.duration_us / 1000)


@dataclass(frozen=True, slots=True)
class CheckedReceiver:
    """What is known beforehand. `kept_open`: its connections may be used again (not those of a test address)."""

    is_https: bool
    timeout_s: int
    method: str
    wrong_method: str
    kept_open: bool
    large_bytes: int


def score_card(outcomes: Mapping[str, Outcome], receiver: CheckedReceiver, now: datetime) -> list[Line]:
    """All lines, in their order. `outcomes`: of the probes that were sent; the valid one is always there."""
    valid = outcomes[VALID]
    lines = [
        _valid(valid),
        _redirect(valid),
        _certificate(valid, receiver, now),
        *[_by_probe(name, outcomes, receiver) for name in (REPEATED, TAMPERED, STALE, METHOD, LARGE)],
        _speed(outcomes, receiver),
        _http2(valid, receiver),
        _keep_alive(outcomes, receiver),
    ]
    by_name = {line["name"]: line for line in lines}
    return [by_name[name] for name in LINES]


def chain_end(exchange: Exchange) -> datetime | None:
    """When the first certificate of the chain ends that the receiver sent; None if none was seen."""
    return min((one.expires for one in exchange.certificates if one.expires is not None), default=None)


def _line(name: str, mark: str, said: str, **facts: Any) -> Line:
    return {"name": name, "mark": mark, "facts": {"said": said, **facts}}


def _failed(name: str, mark: str, outcome: Outcome) -> Line:
    return _line(name, mark, "failed", reason=outcome.reason, known=dict(outcome.facts))


def _valid(valid: Outcome) -> Line:
    if valid.ok:
        return _line(VALID, GOOD, "accepted", status=valid.status, ms=valid.ms)
    return _failed(VALID, BAD, valid)


def _redirect(valid: Outcome) -> Line:
    if valid.status is None:
        return _line(REDIRECT, SKIPPED, "no_answer")
    if not 300 <= valid.status < 400:
        return _line(REDIRECT, GOOD, "none", status=valid.status)
    return _failed(REDIRECT, BAD, valid)


def _certificate(valid: Outcome, receiver: CheckedReceiver, now: datetime) -> Line:
    if not receiver.is_https:
        return _line(CERTIFICATE, WARN, "not_https")
    if valid.reason is not None and valid.reason.startswith("tls_"):
        return _failed(CERTIFICATE, BAD, valid)
    ends = chain_end(valid.exchange)
    if ends is None:
        return _line(CERTIFICATE, SKIPPED, "no_answer")
    days = (ends - now).days
    facts = {"date": ends.date().isoformat(), "days": days, "issuer": valid.exchange.certificates[0].issuer}
    if ends - now <= ENDS_SOON:
        return _line(CERTIFICATE, WARN, "ends_soon", **facts)
    return _line(CERTIFICATE, GOOD, "good", **facts)


def _speed(outcomes: Mapping[str, Outcome], receiver: CheckedReceiver) -> Line:
    """The slowest of those that should be accepted: what refuses is quick."""
    answered = [outcomes[name] for name in (VALID, REPEATED, LARGE) if name in outcomes]
    times = [outcome.ms for outcome in answered if outcome.status is not None]
    if outcomes[VALID].reason == "read_timeout":
        return _line(SPEED, BAD, "too_slow", seconds=receiver.timeout_s)
    if not times:
        return _line(SPEED, SKIPPED, "no_answer")
    slowest = max(times)
    slow = slowest > receiver.timeout_s * 1000 * SLOW_SHARE
    return _line(
        SPEED, WARN if slow else GOOD, "slow" if slow else "quick", ms=slowest, seconds=receiver.timeout_s
    )


def _by_probe(name: str, outcomes: Mapping[str, Outcome], receiver: CheckedReceiver) -> Line:
    """Lines that say something only of a receiver that accepts what is right."""
    if not outcomes[VALID].ok:
        return _line(name, SKIPPED, "not_delivered")
    outcome = outcomes.get(name)
    if outcome is None:
        return _line(name, SKIPPED, "does_not_fit")
    if name == REPEATED:
        return _repeated(outcome)
    if name == LARGE:
        return _large(outcome, receiver)
    return _should_be_refused(name, outcome, receiver)


def _repeated(outcome: Outcome) -> Line:
    if outcome.ok:
        return _line(REPEATED, GOOD, "accepted", status=outcome.status)
    return _failed(REPEATED, WARN, outcome)


def _large(outcome: Outcome, receiver: CheckedReceiver) -> Line:
    if outcome.ok:
        return _line(
            LARGE, GOOD, "accepted", status=outcome.status, ms=outcome.ms, bytes=receiver.large_bytes
        )
    return {**_failed(LARGE, WARN, outcome)}


def _should_be_refused(name: str, outcome: Outcome, receiver: CheckedReceiver) -> Line:
    facts = {"status": outcome.status, "method": receiver.wrong_method}
    if outcome.ok:
        # Another method does no harm where signatures are checked.
        return _line(name, INFO if name == METHOD else WARN, "accepted", **facts)
    if outcome.status is None:
        return _failed(name, WARN, outcome)
    if outcome.status >= 500:
        return _line(name, WARN, "fell_over", **facts)
    return _line(name, GOOD, "refused", **facts)


def _http2(valid: Outcome, receiver: CheckedReceiver) -> Line:
    if valid.status is None:
        return _line(HTTP2, SKIPPED, "no_answer")
    if valid.exchange.http_version == "2":
        return _line(HTTP2, GOOD, "spoken")
    return _line(HTTP2, INFO, "not_spoken", version=valid.exchange.http_version or "1.1")


def _keep_alive(outcomes: Mapping[str, Outcome], receiver: CheckedReceiver) -> Line:
    """Seen by whether a later message needed a new connection."""
    later = [one for name, one in outcomes.items() if name != VALID and one.status is not None]
    if not receiver.kept_open or not later or outcomes[VALID].status is None:
        return _line(KEEP_ALIVE, SKIPPED, "no_answer" if receiver.kept_open else "test_address")
    if any(one.exchange.connect_us == 0 for one in later):
        return _line(KEEP_ALIVE, GOOD, "kept")
    return _line(KEEP_ALIVE, INFO, "closed")
