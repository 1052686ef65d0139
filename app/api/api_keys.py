"""API keys of the space: list, make one (its text is shown once); revoke one."""

from __future__ import annotations

from typing import Annotated, Any, NotRequired

from pydantic import Field
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, empty, moment, moment_or_none
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.core.validation import PRINTABLE, OneOf, Rfc3339, Schema, check
from app.models import ApiKey
from app.models.api_key import ADMINISTRATIVE, SCOPES
from app.queries.api_keys import page_of_keys
from app.services import api_keys as service
from app.services.api_keys.keys import MAX_NAME

ScopeName = Annotated[str, OneOf(SCOPES)]


class ApiKeyIn(Schema):
    """A new key. `expires_at`: from when it no longer works; without it, it has no end."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME), PRINTABLE]
    scopes: Annotated[list[ScopeName], Field(min_length=1, max_length=len(SCOPES))]
    expires_at: Rfc3339 | None = None


class ApiKeyOut(TypedDict):
    """A key. `hint`: its last four characters. `key`: its text, on creation alone.

    `last_used_at` is kept to the minute; `last_used_from` is a network address, null if it was never used.
    """

    id: str
    name: str
    scopes: list[str]
    hint: str
    created_at: str
    expires_at: str | None
    last_used_at: str | None
    last_used_from: str | None
    key: NotRequired[str]


@bp.get("/v1/api-keys")
@scope(ADMINISTRATIVE)
@documented(
    "API keys", "List keys that were not revoked, newest first", query=Paged, answer=ApiKeyOut, listed=True
)
def list_api_keys() -> Response:
    """The keys of the space."""
    query = read_query(Paged)
    page = page_of_keys(space_id(), id_in(query.cursor, "key"), query.limit)
    return answer(listed(list(map(_out, page.keys)), cursor_of(page.next_id) if page.next_id else None))


@bp.post("/v1/api-keys")
@scope(ADMINISTRATIVE)
@documented("API keys", "Make a key, which is shown this once", status=201, body=ApiKeyIn, answer=ApiKeyOut)
def create_api_key() -> Response:
    """A new key."""
    wanted = check(ApiKeyIn, read_object())
    key, text = service.create_key(space_id(), wanted.name, wanted.scopes, expires_at=wanted.expires_at)
    return answer({**_out(key), "key": text}, 201, {"Location": f"/api/v1/api-keys/{key.id}"})


@bp.get("/v1/api-keys/<api_key_id>")
@scope(ADMINISTRATIVE)
@documented("API keys", "Read a key's settings", answer=ApiKeyOut, fails=(404,))
def show_api_key(api_key_id: str) -> Response:
    """One key."""
    return answer(_out(service.find(space_id(), api_key_id)))


@bp.delete("/v1/api-keys/<api_key_id>")
@scope(ADMINISTRATIVE)
@documented("API keys", "Revoke a key, at once", status=204, fails=(404,))
def revoke_api_key(api_key_id: str) -> Response:
    """End a key. One may end itself."""
    service.revoke_key(space_id(), api_key_id)
    return empty()


def _out(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "hint": key.hint,
        "created_at": moment(key.created_at),
        "expires_at": moment_or_none(key.expires_at),
        "last_used_at": moment_or_none(key.last_used_at),
        "last_used_from": key.last_used_from or None,
    }
