"""The board of a kind with stages: a column for each, the newest on top, moved by buttons."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.catalogue import RecordKind
from app.core.errors import NotFound
from app.queries.records import BOARD, board_of_records
from app.web.addresses import takes
from app.web.permissions import current_space_id
from app.web.records.blueprint import viewing
from app.web.rendering import render_page


@viewing("/board", "board")
@takes()
def board(kind: RecordKind) -> Response:
    """The records by stage. A kind without stages has no board."""
    if kind.stages is None:
        raise NotFound
    stages: list[str | None] = [stage.key for stage in kind.stages.list]
    wanted = [None, *stages] if kind.stages.none else stages
    columns = board_of_records(current_space_id(), kind.key, wanted)
    return render_page("records/board.html", kind=kind, columns=columns, most=BOARD)
