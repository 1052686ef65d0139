"""Recoveries: send everything again since a time, watch it, stop it (C7)."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.api.answers import answer, moment, moment_or_none
from app.api.authentication import needs_scope, scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, Text, cursor_of, id_in, listed, read_query
from app.api.schemas.recoveries import RecoveryOut
from app.core.extensions import db
from app.core.validation import check
from app.models import Recovery
from app.queries.recoveries.counting import Counted
from app.queries.recoveries.listing import find_recovery, recoveries_of
from app.services import recoveries as service


class RecoveriesQuery(Paged):
    """`webhook_id`: only of this webhook."""

    webhook_id: Text | None = None


@bp.get("/v1/recoveries")
@scope("deliveries:resend")
@documented(
    "Recoveries", "List recoveries, newest first", query=RecoveriesQuery, answer=RecoveryOut, listed=True
)
def list_recoveries() -> Response:
    """The recoveries of the space."""
    query = read_query(RecoveriesQuery)
    page = recoveries_of(space_id(), id_in(query.cursor, "rcv"), query.limit, query.webhook_id)
    data = [_out(recovery) for recovery, _webhook in page.rows]
    return answer(listed(data, cursor_of(page.next_id) if page.next_id else None))


@bp.post("/v1/recoveries")
@scope("deliveries:resend")
@documented(
    "Recoveries",
    "Send again what failed, was held or was never sent since a time; `never_sent` also needs webhooks:write",
    status=202,
    body=service.RecoveryIn,
    answer=RecoveryOut,
    fails=(404, 409),
)
def start_recovery() -> Response:
    """Start one, or only count (`dry_run`)."""
    wanted = check(service.RecoveryIn, read_object())
    scope_ = wanted.scope(space_id())
    if scope_.wants_never_sent:
        needs_scope("webhooks:write")
    if wanted.dry_run:
        return answer(_counted(wanted.webhook_id, service.count_in(db.session(), scope_)), 202)
    recovery = service.start(scope_, wanted.rate_per_s)
    return answer(_out(recovery), 202, {"Location": f"/api/v1/recoveries/{recovery.id}"})


@bp.get("/v1/recoveries/<recovery_id>")
@scope("deliveries:resend")
@documented("Recoveries", "Read a recovery: how far it has come", answer=RecoveryOut, fails=(404,))
def show_recovery(recovery_id: str) -> Response:
    """One recovery."""
    return answer(_out(find_recovery(space_id(), recovery_id)))


@bp.delete("/v1/recoveries/<recovery_id>")
@scope("deliveries:resend")
@documented(
    "Recoveries", "Stop a recovery; what waits goes back to what it was", answer=RecoveryOut, fails=(404,)
)
def stop_recovery(recovery_id: str) -> Response:
    """Stop one. One that has ended stays as it is."""
    return answer(_out(service.stop(space_id(), recovery_id)))


def _out(recovery: Recovery) -> RecoveryOut:
    return {
        "id": recovery.id,
        "webhook_id": recovery.webhook_id,
        "state": recovery.state,  # type: ignore[typeddict-item]
        "stop_reason": recovery.stop_reason,  # type: ignore[typeddict-item]
        "total": recovery.total,
        "done": recovery.done,
        "succeeded": recovery.succeeded,
        "failed": recovery.failed,
        "skipped": recovery.skipped,
        "created_at": moment(recovery.created_at),
        "finished_at": moment_or_none(recovery.finished_at),
    }


def _counted(webhook_id: str, counted: Counted) -> RecoveryOut:
    return {
        "id": None,
        "webhook_id": webhook_id,
        "state": None,
        "stop_reason": None,
        "total": counted.total,
        "done": 0,
        "succeeded": 0,
        "failed": 0,
        "skipped": counted.delivered,
        "created_at": None,
        "finished_at": None,
    }
