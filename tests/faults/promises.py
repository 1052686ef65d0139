"""The promises A to F, held to by the receivers' own logs against the database. G is `assert_not_held_up`.

What is told here comes from three sides that do not know each other: the publisher (what was accepted), the
receivers (what arrived) and the database (what the program says of it).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Flask

from app.core.extensions import db
from app.core.times import ms_of
from app.models import Attempt, Delivery, Event, Lane, Lease
from app.models.attempt import MANUAL
from app.models.delivery import FINAL, SUCCEEDED
from tests.machine.receiver import Received

Pair = tuple[str, str]  # event id, webhook id

# Tries that ended before anything was sent: no receiver can have seen them.
UNSENT = {
    *("dns_not_found", "dns_timeout", "refused", "connect_timeout", "blocked_address", "not_https"),
    *("oauth_refused", "oauth_unreachable", "too_large", "internal"),
}


@dataclass
class Told:
    """What the publisher and the people who set up the webhooks know."""

    # Event id of each 2xx: the webhooks that want it.
    accepted: dict[str, frozenset[str]] = field(default_factory=dict)
    # Object ids of events whose publisher got no answer: stored or not, but never half.
    unanswered: dict[str, frozenset[str]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)  # path at a receiver: webhook id
    schedules: dict[str, Sequence[int]] = field(default_factory=dict)
    unhealthy: set[str] = field(default_factory=set)  # webhooks that need not succeed


@dataclass
class Evidence:
    """All that is known at the end."""

    told: Told
    events: Mapping[str, str | None]  # id: object id
    deliveries: list[Delivery]
    attempts: Mapping[str, list[Attempt]]  # by delivery id, in order of their numbers
    requests: Mapping[Pair, list[Received]]

    def requests_of(self, delivery: Delivery) -> list[Received]:
        """What its receiver saw of a delivery."""
        return self.requests.get((delivery.event_id, delivery.webhook_id), [])


def assert_promises(app: Flask, told: Told, received: Iterable[Received], arrivals: bool = True) -> None:
    """Assert A to F; to be called when nothing is under way. Not `arrivals`: only the program's clock counts."""
    with app.app_context():
        evidence = _collect(told, received)
        _accepted_is_committed(evidence)
        _one_final_delivery_for_each(evidence)
        _all_arrived(evidence)
        _every_request_has_its_try(evidence)
        _repeats_are_explained(evidence)
        _gaps_are_kept(evidence, arrivals)
        _no_lease_is_left()


def _collect(told: Told, received: Iterable[Received]) -> Evidence:
    requests: dict[Pair, list[Received]] = defaultdict(list)
    for request in received:
        event_id = request.header("webhook-id")
        assert event_id is not None and request.path in told.paths, f"nobody's request: {request}"
        requests[event_id, told.paths[request.path]].append(request)
    attempts: dict[str, list[Attempt]] = defaultdict(list)
    ordered = db.session.query(Attempt).where(Attempt.delivery_id.is_not(None))
    for attempt in ordered.order_by(Attempt.delivery_id, Attempt.number):
        attempts[str(attempt.delivery_id)].append(attempt)
    events = {row.id: row.object_id for row in db.session.query(Event.id, Event.object_id)}
    return Evidence(told, events, db.session.query(Delivery).all(), attempts, requests)


def _accepted_is_committed(e: Evidence) -> None:
    """A. 2xx means committed, and nothing is committed that was refused."""
    assert set(e.told.accepted) <= set(e.events), "accepted, but not stored"
    others = {object_id for event_id, object_id in e.events.items() if event_id not in e.told.accepted}
    assert others <= set(e.told.unanswered), "stored, but never accepted"


def _one_final_delivery_for_each(e: Evidence) -> None:
    """B. One delivery per event and webhook that wants it, and each is at its end."""
    wanted = Counter(
        (event_id, webhook_id)
        for event_id, object_id in e.events.items()
        for webhook_id in e.told.accepted.get(event_id) or e.told.unanswered.get(object_id or "", ())
    )
    assert Counter((d.event_id, d.webhook_id) for d in e.deliveries) == wanted
    assert {d.status for d in e.deliveries} <= set(FINAL)


def _all_arrived(e: Evidence) -> None:
    """C. What is said to be delivered was seen by its receiver; a healthy one got everything."""
    for delivery in e.deliveries:
        if delivery.webhook_id not in e.told.unhealthy:
            assert delivery.status == SUCCEEDED, f"{delivery.id} is {delivery.status}: {delivery.last_reason}"
        if delivery.status == SUCCEEDED:
            assert e.requests_of(delivery), f"{delivery.id} is said to be delivered, but never arrived"
    known = {(d.event_id, d.webhook_id) for d in e.deliveries}
    assert set(e.requests) <= known, "arrived without a delivery"


def _every_request_has_its_try(e: Evidence) -> None:
    """D. By its signature, or as one of those whose outcome nobody knows; and attempts are numbered 1, 2, 3."""
    for delivery in e.deliveries:
        attempts, requests = e.attempts.get(delivery.id, []), e.requests_of(delivery)
        assert [t.number for t in attempts] == list(range(1, delivery.attempts_count + 1)), delivery.id
        kept = Counter(t.signature for t in attempts if t.signature and t.reason not in UNSENT)
        seen = Counter(r.header("webhook-signature") for r in requests)
        without_attempt = (seen - kept).total()
        unknown = sum(t.outcome == "unknown" for t in attempts)
        assert without_attempt <= unknown, (
            f"{delivery.id}: {without_attempt} requests, {unknown} unknown tries"
        )
        answered = Counter(t.signature for t in attempts if t.signature and t.status is not None)
        assert not answered - seen, f"{delivery.id}: an answer to what was never sent"


def _repeats_are_explained(e: Evidence) -> None:
    """D. After an attempt that succeeded comes another only if a person ordered it."""
    for attempts in e.attempts.values():
        for before, after in zip(attempts, attempts[1:], strict=False):
            assert before.outcome != "succeeded" or after.trigger == MANUAL, f"{after.id} repeats a success"


def _gaps_are_kept(e: Evidence, arrivals: bool) -> None:
    """E. From one failed attempt to the next at least the schedule's gap, both as kept and as it arrived."""
    for delivery in e.deliveries:
        schedule, attempts = e.told.schedules[delivery.webhook_id], e.attempts.get(delivery.id, [])
        failures = 0
        for before, after in zip(attempts, attempts[1:], strict=False):
            if before.outcome != "failed" or MANUAL in {before.trigger, after.trigger}:
                continue
            least_ms = schedule[failures] * 1000
            failures += 1
            if after.outcome != "unknown":
                gap_ms = ms_of(after.started_at) - ms_of(before.started_at)
                assert gap_ms >= least_ms, f"{after.id} came {least_ms - gap_ms} ms early"
        outcomes, triggers = {t.outcome for t in attempts}, {t.trigger for t in attempts}
        if arrivals and "unknown" not in outcomes and MANUAL not in triggers:
            _arrivals_keep(schedule, e.requests_of(delivery))


def _arrivals_keep(schedule: Sequence[int], requests: Sequence[Received]) -> None:
    for n, (before, after) in enumerate(zip(requests, requests[1:], strict=False)):
        assert after.at - before.at >= schedule[n] - 0.05, "a retry arrived early"


def _no_lease_is_left() -> None:
    """F, at the end. `Installation.wait_until_done` watches it meanwhile."""
    assert db.session.query(Lease).count() == 0
    assert {lane.in_flight for lane in db.session.query(Lane)} <= {0}
