"""Spaces, for a host product: one for each of its customers, by its own id (F6)."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, moment_or_none
from app.api.authentication import scope
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.chosen_space import for_all_spaces
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.models import Space
from app.models.instance_key import SPACES_WRITE
from app.queries.all_spaces import page_of_spaces
from app.services import spaces as service
from app.services.spaces.schema import SpaceIn


class SpaceOut(TypedDict):
    """A space. `external_id`: what the host product calls it; null of one that was made here."""

    id: str
    external_id: str | None
    name: str
    archived_at: str | None


@bp.put("/v1/spaces/by-external-id/<external_id>")
@scope(SPACES_WRITE)
@for_all_spaces
@documented(
    "Spaces",
    "Create the space of one of your customers (201) or change it (200); an archived one comes back",
    body=SpaceIn,
    answer=SpaceOut,
    also=(201,),
)
def put_space(external_id: str) -> Response:
    """Made or changed."""
    space, made = service.put_space(external_id, read_object())
    return answer(_out(space), 201 if made else 200)


@bp.get("/v1/spaces")
@scope(SPACES_WRITE)
@for_all_spaces
@documented("Spaces", "List spaces, oldest first", query=Paged, answer=SpaceOut, listed=True)
def list_spaces() -> Response:
    """All of them, also archived ones."""
    query = read_query(Paged)
    page = page_of_spaces(id_in(query.cursor, "spc"), query.limit)
    return answer(listed(list(map(_out, page.spaces)), cursor_of(page.next_id) if page.next_id else None))


@bp.delete("/v1/spaces/<space_id>")
@scope(SPACES_WRITE)
@documented("Spaces", "Archive a space: it keeps everything, and nothing can be done in it", answer=SpaceOut)
def archive_space(space_id: str) -> Response:
    """Archive it; portal links into it end at once."""
    service.archive(space_id)
    return answer(_out(service.find_space(space_id)))


def _out(space: Space) -> dict[str, Any]:
    return {
        "id": space.id,
        "external_id": space.external_id,
        "name": space.name,
        "archived_at": moment_or_none(space.archived_at),
    }
