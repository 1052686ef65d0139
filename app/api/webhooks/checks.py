"""Checks of a webhook's receiver: ask for one, read what came of it (C12)."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.api.answers import answer, moment
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.api.schemas.receiver_checks import CardLineOut, ReceiverCheckOut
from app.core.validation import Schema, check
from app.models import ReceiverCheck
from app.queries.receiver_checks import check_of, checks_of
from app.queries.webhooks.listing import get_webhook
from app.services.receiver_checks import asking
from app.services.receiver_checks.words import CardLine, card_line


class NoFieldsIn(Schema):
    """No fields."""


@bp.post("/v1/webhooks/<webhook_id>/checks")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Check the receiver with real, signed test messages; the one that is not done yet, if there is one",
    status=202,
    body=NoFieldsIn,
    body_optional=True,
    answer=ReceiverCheckOut,
    fails=(404, 409),
)
def ask_for_check(webhook_id: str) -> Response:
    """Ask for a check. It is carried out in a moment; read it until its state is `done`."""
    check(NoFieldsIn, read_object(optional=True))
    asked = asking.ask(space_id(), webhook_id)
    return answer(_out(asked), 202, {"Location": f"/api/v1/webhooks/{webhook_id}/checks/{asked.id}"})


@bp.get("/v1/webhooks/<webhook_id>/checks")
@scope("webhooks:read")
@documented(
    "Webhooks",
    "List the checks of the receiver, newest first",
    query=Paged,
    answer=ReceiverCheckOut,
    listed=True,
    fails=(404,),
)
def list_checks(webhook_id: str) -> Response:
    """The checks of one webhook."""
    query = read_query(Paged)
    webhook = get_webhook(space_id(), webhook_id)
    page = checks_of(webhook.space_id, webhook.id, id_in(query.cursor, "chk"), query.limit)
    return answer(listed(list(map(_out, page.checks)), cursor_of(page.next_id) if page.next_id else None))


@bp.get("/v1/webhooks/<webhook_id>/checks/<check_id>")
@scope("webhooks:read")
@documented("Webhooks", "Read a check of the receiver", answer=ReceiverCheckOut, fails=(404,))
def show_check(webhook_id: str, check_id: str) -> Response:
    """One check."""
    return answer(_out(check_of(space_id(), webhook_id, check_id)))


def _out(one: ReceiverCheck) -> ReceiverCheckOut:
    return {
        "id": one.id,
        "webhook_id": one.webhook_id,
        "state": one.state,  # type: ignore[typeddict-item]
        "mark": one.mark,  # type: ignore[typeddict-item]
        "url": one.url,
        "scheduled": one.scheduled,
        "lines": [_line(card_line(line)) for line in one.lines],
        "created_at": moment(one.created_at),
        "finished_at": moment(one.finished_at) if one.finished_at else None,
    }


def _line(line: CardLine) -> CardLineOut:
    return {
        "name": line.name,
        "mark": line.mark,  # type: ignore[typeddict-item]
        "tried": line.tried,
        "happened": line.happened,
        "right": line.right,
        "who": line.who,  # type: ignore[typeddict-item]
    }
