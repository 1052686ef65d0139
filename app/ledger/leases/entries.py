"""What goes into the ledger and what comes out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

# Added to a webhook's own time limit: a worker that is alive has recorded by then.
LEASE_MARGIN_MS = 15_000


class Claimed(NamedTuple):
    """A delivery that this worker may try now, with its event. Times are milliseconds since 1970."""

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


# Lanes with a speed limit that have work and may go on later. Parameters: now in microseconds, and in milliseconds.
# "> 0" is what `ix_lane_rate_limited` holds: lanes without a limit are not looked at.
WAITING_FOR_RATE_LIMIT = """
from lane join webhook on webhook.id = lane.webhook_id
where lane.rate_limited_until_us > {us} and lane.rate_limited_until_us > 0 and webhook.state = 'on' and webhook.rate_per_s is not null
  and (select d.due_at from delivery d where d.webhook_id = lane.webhook_id and d.status = 'pending'
       order by d.due_at limit 1) <= {ms}
"""

# Reasons that lie with us: such an attempt says nothing about the receiver, so it does not bring turning off nearer.
OURS = frozenset({"internal"})

# Most attempts need no facts for their sentence.
NO_FACTS = b"{}"

# Columns of `attempt` in the order of `Entry.attempt`, with their PostgreSQL types.
ATTEMPT_COLUMNS: dict[str, str] = {
    "id": "text",
    "space_id": "text",
    "webhook_id": "text",
    "delivery_id": "text",
    "number": "int4",
    "trigger": "text",
    "started_at": "int8",
    "duration_us": "int4",
    "dns_us": "int4",
    "connect_us": "int4",
    "tls_us": "int4",
    "first_byte_us": "int4",
    "request_template_id": "text",
    "timestamp_s": "int8",
    "signature": "text",
    "method": "text",
    "url": "text",
    "request_headers": "bytea",
    "request_body": "bytea",
    "status": "int4",
    "response_headers": "bytea",
    "response_body": "bytea",
    "body_size": "int4",
    "truncated": "bool",
    "outcome": "text",
    "reason": "text",
    "detail": "text",
    "facts": "bytea",
}


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
    attempt_id: str
    attempt: tuple[object, ...]
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
    failed: int = 0
    run: int = 0  # failures since the last success of the batch, or all of them
    run_since: int | None = None  # when the first of that run was
    last: Entry | None = None
    gone: bool = False
    last_failure_at: int | None = None

    def add(self, entry: Entry) -> None:
        """Take in the next attempt, in the order in which they ended."""
        self.attempts += 1
        self.last = entry
        if entry.ok:
            self.ok += 1
            self.run, self.run_since = 0, None
            return
        if entry.reason in OURS:
            self.failed += entry.status == "failed"
            return
        self.gone = self.gone or entry.gone
        self.failed += entry.status == "failed"
        self.run += 1
        self.run_since = self.run_since or entry.attempted_at
        self.last_failure_at = entry.attempted_at

    def lane_values(self) -> dict[str, object]:
        """What the update of `lane` and the count of it need, by name."""
        assert self.last is not None  # noqa: S101 (a change is made by adding an entry)
        return {
            "webhook_id": self.webhook_id,
            "tries": self.attempts,
            "ok": self.ok,
            "failed": self.failed,
            "run": self.run,
            "run_since": self.run_since,
            "last_failure_at": self.last_failure_at,
            "sent_at": self.last.attempted_at,
            "status": self.last.http_status,
            "reason": self.last.reason,
            "attempt_id": self.last.attempt_id,
        }

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
