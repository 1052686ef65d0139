"""Incidents: consecutive failures of a webhook as one thing (C8). They are found, not made."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from werkzeug.wrappers import Response

from app.api.answers import answer, moment, moment_or_none
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.api.schemas.incidents import IncidentOut
from app.api.shapes import clock
from app.queries.incidents import ListedIncident, find_incidents, get_incident, incident_listed


class IncidentsQuery(Paged):
    """Filters. `open`: true for those that still fail, false for those that have ended."""

    webhook_id: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    open: bool | None = None


@bp.get("/v1/incidents")
@scope("webhooks:read")
@documented(
    "Incidents", "List incidents, newest first", query=IncidentsQuery, answer=IncidentOut, listed=True
)
def list_incidents() -> Response:
    """Incidents that match."""
    query = read_query(IncidentsQuery)
    page = find_incidents(
        space_id(), clock, query.webhook_id, query.open, id_in(query.cursor, "inc"), query.limit
    )
    return answer(listed(list(map(_shape, page.rows)), cursor_of(page.next_id) if page.next_id else None))


@bp.get("/v1/incidents/<incident_id>")
@scope("webhooks:read")
@documented("Incidents", "Read an incident", answer=IncidentOut, fails=(404,))
def show_incident(incident_id: str) -> Response:
    """One incident."""
    return answer(_shape(incident_listed(get_incident(space_id(), incident_id), clock)))


def _shape(row: ListedIncident) -> IncidentOut:
    incident = row.incident
    return {
        "id": incident.id,
        "webhook_id": incident.webhook_id,
        "reason": incident.reason,
        "opened_at": moment(incident.opened_at),
        "closed_at": moment_or_none(incident.closed_at),
        "ended_by": incident.ended_by,  # type: ignore[typeddict-item]
        "failed": incident.failed,
        "attempts": incident.attempts,
        "reasons": [
            {
                "reason": one["reason"],
                "server": one["server"] or None,
                "failed": one["failed"],
                "attempts": one["attempts"],
            }
            for one in incident.reasons
        ],
        "explanation": row.explanation.said() if row.explanation else None,  # type: ignore[typeddict-item]
    }
