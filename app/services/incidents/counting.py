"""How many events and tries an incident is about: failed tries, read once each, in the order in which they ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from app.core.times import from_ms, ms_of
from app.ledger.leases.entries import OURS
from app.models import Attempt, Incident
from app.models.attempt import FAILED_OF_A_DELIVERY
from app.sending.failures.success_rules import find_header
from app.sending.failures.wording import one_line

COUNT_AT_ONCE = 500
LONGEST_SERVER = 40


def first_id_at(moment_ms: int) -> str:
    """The lowest id of a try that ended at this moment: ids begin with their time."""
    return f"att_{moment_ms:012x}"


def count_more(session: Session, incident: Incident, until_ms: int) -> bool:
    """Add the next failed tries that ended before `until_ms`; True if there may be more of them."""
    rows = _next_rows(session, incident, until_ms)
    if not rows:
        return False
    incident.add(_by_reason(session, rows))
    incident.first_attempt_id = incident.first_attempt_id or rows[0].id
    incident.last_attempt_id = incident.counted_to = rows[-1].id
    latest = from_ms(max(_ended_ms(row) for row in rows))
    incident.last_failure_at = max(latest, incident.last_failure_at or latest)
    return len(rows) == COUNT_AT_ONCE


def _next_rows(session: Session, incident: Incident, until_ms: int) -> Sequence[Any]:
    begin = first_id_at(ms_of(incident.opened_at))
    query = (
        select(
            Attempt.id,
            Attempt.reason,
            Attempt.status,
            Attempt.started_at,
            Attempt.duration_us,
            or_(Attempt.number == 1, ~_failed_before(begin)).label("is_first"),
        )
        .where(Attempt.webhook_id == incident.webhook_id, FAILED_OF_A_DELIVERY, Attempt.reason.not_in(OURS))
        .where(Attempt.id > (incident.counted_to or begin), Attempt.id < first_id_at(until_ms))
        .order_by(Attempt.id)
        .limit(COUNT_AT_ONCE)
    )
    return list(session.execute(query))


def _ended_ms(row: Any) -> int:
    """When a try ended, as the lane has it."""
    return ms_of(row.started_at) + int(row.duration_us) // 1000


def _failed_before(begin: str) -> Any:
    """True if the same event failed before, in this incident: then it is counted already."""
    earlier = aliased(Attempt)
    return (
        select(earlier.id)
        .where(
            earlier.delivery_id == Attempt.delivery_id,
            earlier.outcome == "failed",
            earlier.id > begin,
            earlier.id < Attempt.id,
        )
        .exists()
    )


def _by_reason(session: Session, rows: Iterable[Any]) -> list[dict[str, Any]]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(row.reason or "internal", []).append(row)
    servers = _servers(session, [group[-1].id for group in groups.values()])
    return [
        {
            "reason": reason,
            "status": group[-1].status,
            "server": servers.get(group[-1].id, ""),
            "failed": sum(bool(row.is_first) for row in group),
            "attempts": len(group),
            "first_at": min(ms_of(row.started_at) for row in group),
            "last_at": max(_ended_ms(row) for row in group),
            "attempt_id": group[-1].id,
        }
        for reason, group in groups.items()
    ]


def _servers(session: Session, attempt_ids: list[str]) -> dict[str, str]:
    """What the receivers of these tries call themselves in their answers: `Caddy`, without its version."""
    query = select(Attempt.id, Attempt.response_headers).where(Attempt.id.in_(attempt_ids))
    return {row.id: server_name(row.response_headers) for row in session.execute(query)}


def server_name(response_headers: bytes | None) -> str:
    """The product in the header Server (RFC 9110 section 10.2.4): `Apache` of `Apache/2.4.1 (Unix)`."""
    headers = [(str(name), str(value)) for name, value in orjson.loads(response_headers or b"[]")]
    said = (find_header(headers, "server") or "")[:200].partition("/")[0].partition("(")[0]
    return one_line(said, LONGEST_SERVER)
