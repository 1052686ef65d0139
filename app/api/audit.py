"""The audit: who did what to whom in the space (E3). It can be read and not written."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from werkzeug.wrappers import Response

from app.api.answers import answer, moment
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.operation import documented
from app.api.paging import Paged, QueryTime, cursor_of, id_in, listed, read_query
from app.api.schemas.audit import AuditEntryOut
from app.audit.read import AuditFilters
from app.audit.subject import SUBJECT_KINDS
from app.models import Change
from app.models.api_key import ADMINISTRATIVE
from app.queries.changes import audit_page

Named = Annotated[str, Field(min_length=1, max_length=254)]


class AuditQuery(Paged):
    """Filters. `actor`: the id, e-mail address or key's name of who did it; `subject`: an id, or a kind.

    `since` is within, `until` is not.
    """

    since: QueryTime | None = None
    until: QueryTime | None = None
    actor: Named | None = None
    subject: Named | None = None


@bp.get("/v1/audit")
@scope(ADMINISTRATIVE)
@documented("Audit", "Who did what, newest first", query=AuditQuery, answer=AuditEntryOut, listed=True)
def list_audit() -> Response:
    """Entries that match."""
    query = read_query(AuditQuery)
    is_kind = query.subject in SUBJECT_KINDS
    filters = AuditFilters(
        since=query.since,
        until=query.until,
        actor=query.actor,
        subject=None if is_kind else query.subject,
        subject_kind=query.subject if is_kind else None,
    )
    page = audit_page(space_id(), filters, id_in(query.cursor, "chg"), query.limit)
    return answer(listed(list(map(_shape, page.changes)), cursor_of(page.next_id) if page.next_id else None))


def _shape(change: Change) -> AuditEntryOut:
    return {
        "id": change.id,
        "at": moment(change.at),
        "actor": {
            "kind": change.actor_kind,  # type: ignore[typeddict-item]
            "id": change.actor_id,
            "name": change.actor_name,
        },
        "from_address": change.address,
        "action": change.kind,
        "subject": {"kind": change.subject_kind, "id": change.subject_id},
        "before": _side(change, "before"),
        "after": _side(change, "after"),
    }


def _side(change: Change, side: str) -> dict[str, Any] | None:
    fields = {one["field"]: one[side] for one in change.details}
    return fields if any(value is not None for value in fields.values()) else None
