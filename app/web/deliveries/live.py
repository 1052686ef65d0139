"""What changed since a list was shown: the answer to the page's own question every two seconds.

The page sends the rows that still move with their versions, and its newest id. It gets nothing (204) while
nothing changed, changed rows where rows changed, and new rows or a line that offers them when some came.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from app.queries.deliveries.listing import PAGE, ListedDelivery, count_newer, rows_of
from app.web.deliveries.listing import filters_of, listing_of
from app.web.rendering import nothing_new, render_part, stop_polling

# Lower than every id, for a list that was empty.
LOWEST = "dlv_"


def row_version(row: ListedDelivery) -> str:
    """Changes when the row would look different."""
    delivery = row.delivery
    return f"{delivery.state}.{delivery.attempts_count}.{int(delivery.due_at.timestamp())}"


def live_answer(
    space_id: str, webhook_id: str | None, blocks: Sequence[str] = (), anyway: bool = False, **context: Any
) -> Response:
    """The parts of the list that changed. `blocks`: more of the page to send along with them; `anyway`:
    also if no row changed, because something in them did.

    A page further back than the first sends no `newest`; it asks only while rows on it move.
    """
    follows = "newest" in request.args
    known = dict(part.partition("~")[::2] for part in request.args.getlist("moving")[:PAGE])
    if not follows and not known:
        return stop_polling()
    new = _count_new(space_id, webhook_id) if follows else 0
    if new and "reading" not in request.args:
        return _whole_list(space_id, webhook_id, blocks, context)
    moved = [row for row in rows_of(space_id, list(known)) if row_version(row) != known[row.delivery.id]]
    if not moved and not new and not anyway:
        return nothing_new()
    return render_part(
        "deliveries/live.html",
        ["rows", *blocks],
        moved=moved,
        new_count=new,
        one_webhook=webhook_id is not None,
        **context,
    )


def _count_new(space_id: str, webhook_id: str | None) -> int:
    return count_newer(space_id, filters_of(request.args, webhook_id), request.args["newest"] or LOWEST)


def _whole_list(
    space_id: str, webhook_id: str | None, blocks: Sequence[str], context: dict[str, Any]
) -> Response:
    args = {name: value for name, value in request.args.items() if name != "cursor"}
    return render_part(
        "deliveries/live.html",
        ["list", *blocks],
        retarget="#found",
        listing=listing_of(space_id, args, webhook_id),
        fresh_after=args["newest"] or LOWEST,
        **context,
    )
