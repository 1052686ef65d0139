"""What was changed on a webhook."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.api.answers import answer, moment
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.api.problems import Problem
from app.api.schemas.changes import ChangeOut
from app.api.schemas.webhooks import WebhookOut
from app.api.webhooks.crud import shown
from app.core.validation import Schema, check
from app.models import Change
from app.queries.changes import changes_of
from app.queries.webhooks.listing import get_webhook
from app.services.webhooks.reverting import NewerChange, revert


class RevertIn(Schema):
    """`anyway`: also where the settings were changed again since."""

    anyway: bool = False


@bp.get("/v1/webhooks/<webhook_id>/changes")
@scope("webhooks:read")
@documented(
    "Webhooks",
    "Who changed what, newest first; also of a deleted webhook",
    query=Paged,
    answer=ChangeOut,
    listed=True,
    fails=(404,),
)
def list_changes(webhook_id: str) -> Response:
    """The changes of one webhook."""
    query = read_query(Paged)
    webhook = get_webhook(space_id(), webhook_id)
    page = changes_of(webhook.space_id, webhook.id, id_in(query.cursor, "chg"), query.limit)
    return answer(listed(list(map(_shape, page.changes)), cursor_of(page.next_id) if page.next_id else None))


@bp.post("/v1/webhooks/<webhook_id>/changes/<change_id>/revert")
@scope("webhooks:write")
@documented(
    "Webhooks",
    "Take a change of settings back, but for secrets; 409 with `clashes` if they were changed again since",
    body=RevertIn,
    body_optional=True,
    answer=WebhookOut,
    fails=(404, 409),
)
def revert_change(webhook_id: str, change_id: str) -> Response:
    """Give the settings the values that they had before the change."""
    wanted = check(RevertIn, read_object(optional=True))
    try:
        return shown(revert(space_id(), webhook_id, change_id, wanted.anyway))
    except NewerChange as newer:
        clashes = [clash._asdict() for clash in newer.clashes]
        raise Problem(409, "newer-change", newer.message, newer.message, clashes=clashes) from None


def _shape(change: Change) -> ChangeOut:
    return {
        "id": change.id,
        "kind": change.kind,
        "at": moment(change.at),
        "by": {
            "kind": change.actor_kind,  # type: ignore[typeddict-item]
            "id": change.actor_id,
            "name": change.actor_name,
        },
        "address": change.address,
        "changes": change.details,  # type: ignore[typeddict-item]
    }
