"""What goes into the ledger and what comes out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from app.ledger.attempt_row import ATTEMPT_COLUMNS, NO_FACTS
from app.models.counter import TOOK, took_name

# Added to a webhook's own time limit: a worker that is alive has recorded by then.
LEASE_MARGIN_MS = 15_000

# Of a webhook whose receiver answers at once a worker may lease so many times as many as may be under way, and of all
# such webhooks so many together.
TIMES_AHEAD, MOST_AHEAD = 20, 500
NONE_AHEAD: Mapping[str, int] = {}


def most_ahead(ahead: Mapping[str, int]) -> int:
    """How many of each of these webhooks a worker may have leased."""
    return MOST_AHEAD // max(1, len(ahead))


class Claimed(NamedTuple):
    """A delivery that this worker may try now, with its event. Times are milliseconds since 1970.

    at_once: how many of its webhook this worker may have under way; 0: all that it has leased.
    """

    id: str
    webhook_id: str
    webhook_version: int
    event_id: str
    attempts_count: int
    failed_attempts: int
    manual: bool
    until_it_works: bool
    resume_at: int | None
    event_type: str
    occurred_at: int
    data: bytes | None
    actor_id: str | None
    was_delivered: bool = False
    at_once: int = 0


# Lanes with a speed limit that have work and may go on later. Parameters: now in microseconds, and in milliseconds.
# "> 0" is what `ix_lane_rate_limited` holds: lanes without a limit are not looked at.
WAITING_FOR_RATE_LIMIT = """
from lane join webhook on webhook.id = lane.webhook_id
where lane.rate_limited_until_us > {us} and lane.rate_limited_until_us > 0 and webhook.state = 'on'
  and webhook.rate_per_s is not null
  and (select d.due_at from delivery d where d.webhook_id = lane.webhook_id and d.status = 'pending'
       order by d.due_at limit 1) <= {ms}
"""

# The next held event that was let go for a moment to come. Parameter: now in milliseconds. Each lane is looked at that
# lets held events go just now (`ix_lane_held_until`), no other.
NEXT_HELD = """
select min((select min(d.due_at) from delivery d where d.webhook_id = lane.webhook_id and d.status = 'pending'
            and d.due_at > {ms} and d.due_at <= lane.held_until)) * 1000
from lane join webhook on webhook.id = lane.webhook_id
where lane.held_until > {ms} and webhook.state = 'on'
"""

# Reasons that lie with us: such an attempt says nothing about the receiver, so it does not bring turning off nearer.
OURS = frozenset({"internal"})

# Waited for an answer in vain: as slow as its time limit. Other attempts without an answer say nothing about how quick
# the receiver is.
WAITED = "read_timeout"

# What a webhook that was turned off is from now on: its version before, but for the state. `{stopped}`: its row.
STOPPED_VERSION = """
insert into webhook_version (webhook_id, version, space_id, valid_from, state, state_reason, events, projects,
  conditions, verification, confirmed_at, actor_kind, actor_id, actor_name)
select w.id, w.version, w.space_id, w.state_since, w.state, w.state_reason, v.events, v.projects,
  v.conditions, v.verification, v.confirmed_at, 'us', null, 'Hookdesk'
from {stopped} w join webhook_version v on v.webhook_id = w.id and v.version = w.version - 1
"""

# Settings of webhooks, and the hosts that the OAuth connection of each may be used for. A condition follows.
WEBHOOKS = """
select webhook.*, (select c.hosts from oauth_credential c where c.id = webhook.oauth_credential_id) as oauth_hosts
from webhook where webhook.id \
"""


_NOTHING_KEPT: dict[str, object] = {
    "request_template_id": None,
    "timestamp_s": None,
    "signature": None,
    "method": "",
    "url": "",
    "request_headers": b"[]",
    "request_body": b"",
    "response_headers": None,
    "response_body": None,
    "detail": "What was sent and answered could not be kept.",
    "facts": NO_FACTS,
}


class Entry(NamedTuple):
    """The outcome of one attempt: the attempt row, and where its delivery goes from here."""

    delivery_id: str
    webhook_id: str
    lease_token: str
    status: str
    due_at: int
    attempts_count: int
    failed_attempts: int
    http_status: int | None
    reason: str | None
    attempted_at: int
    ended_at: int
    attempt_id: str
    attempt: tuple[object, ...]  # in the order of `ATTEMPT_COLUMNS`
    ok: bool
    gone: bool

    def bare(self) -> Entry:
        """The same without anything that came from others, for a row that cannot be written as it is."""
        row = {**dict(zip(ATTEMPT_COLUMNS, self.attempt, strict=True)), **_NOTHING_KEPT}
        return self._replace(attempt=tuple(row.values()))

    def lease_values(self) -> dict[str, object]:
        """What ends the lease, by name."""
        return {"id": self.delivery_id, "lease_token": self.lease_token}

    def move_values(self) -> dict[str, object]:
        """What the update of `delivery` needs, by name."""
        return {
            "id": self.delivery_id,
            "status": self.status,
            "due_at": self.due_at,
            "attempts_count": self.attempts_count,
            "failed_attempts": self.failed_attempts,
            "http_status": self.http_status,
            "reason": self.reason,
            "attempted_at": self.attempted_at,
        }


@dataclass(slots=True)
class LaneChange:
    """What a batch of tries means for one webhook: its failure run, last result and counts."""

    webhook_id: str
    attempts: int = 0
    ok: int = 0
    delivered: int = 0
    failed: int = 0
    run: int = 0  # failures since the last success of the batch, or all of them
    run_since: int | None = None  # when the first of that run was
    run_seconds: int = 0  # in how many seconds of the clock failures of that run ended
    last: Entry | None = None
    gone: bool = False
    last_failure_at: int | None = None
    lead: int = 0  # failures before the first success of the batch
    lead_since: int | None = None  # when the first of them was
    accepted_at: int | None = None  # when that success was
    took: dict[str, int] = field(default_factory=dict)  # counts of `TOOK`, those that are not 0

    def add(self, entry: Entry) -> None:
        """Take in the next attempt, in the order in which they ended."""
        self.attempts += 1
        self.last = entry
        self.delivered += entry.status == "succeeded"
        self._count_duration(entry)
        if entry.ok:
            if not self.ok:
                self.lead, self.lead_since, self.accepted_at = self.run, self.run_since, entry.ended_at
            self.ok += 1
            self.run, self.run_since, self.run_seconds = 0, None, 0
            return
        if entry.reason in OURS:
            self.failed += entry.status == "failed"
            return
        self.gone = self.gone or entry.gone
        self.failed += entry.status == "failed"
        self.run += 1
        self.run_since = self.run_since or entry.attempted_at
        self._count_second(entry.ended_at)

    def _count_duration(self, entry: Entry) -> None:
        if entry.http_status is not None or entry.reason == WAITED:
            name = took_name(entry.ended_at - entry.attempted_at)
            self.took[name] = self.took.get(name, 0) + 1

    def _count_second(self, ended_at: int) -> None:
        """Failures of one moment are one: a burst in flight fails together, whatever its size."""
        last = self.last_failure_at
        if not self.run_seconds or last is None or ended_at // 1000 > last // 1000:
            self.run_seconds += 1
        self.last_failure_at = ended_at if last is None else max(last, ended_at)

    def lane_values(self) -> dict[str, object]:
        """What the update of `lane` and the count of it need, by name."""
        assert self.last is not None  # noqa: S101 (a change is made by adding an entry)
        return {
            "webhook_id": self.webhook_id,
            "tries": self.attempts,
            "ok": self.ok,
            "delivered": self.delivered,
            "failed": self.failed,
            "run": self.run,
            "run_since": self.run_since,
            "run_seconds": self.run_seconds,
            "last_failure_at": self.last_failure_at,
            "sent_at": self.last.attempted_at,
            "status": self.last.http_status,
            "reason": self.last.reason,
            "attempt_id": self.last.attempt_id,
            "lead": self.lead,
            "lead_since": self.lead_since,
            "accepted_at": self.accepted_at,
            **self.took,
        }

    def took_values(self) -> tuple[int, ...]:
        """The counts of `TOOK`, in their order."""
        return tuple(self.took.get(name, 0) for name in TOOK)

    def stop_values(self, now_ms: int) -> dict[str, object]:
        """What the statement needs that turns a webhook off if it has failed too often or is gone."""
        reason = "gone" if self.gone else "failures"
        return {"webhook_id": self.webhook_id, "gone": self.gone, "reason": reason, "now": now_ms}


def lane_changes(entries: Iterable[Entry]) -> list[LaneChange]:
    """One change per webhook, in the order of their ids, so that two workers lock lanes in one order."""
    changes: dict[str, LaneChange] = {}
    for entry in entries:
        change = changes.get(entry.webhook_id)
        if change is None:
            change = changes[entry.webhook_id] = LaneChange(entry.webhook_id)
        change.add(entry)
    return [changes[key] for key in sorted(changes)]
