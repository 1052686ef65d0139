"""OAuth credentials: create, list, read, change, delete, test (B8)."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from flask_babel import gettext as _
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, empty, moment, moment_or_none
from app.api.authentication import scope, space_id
from app.api.blueprint import bp
from app.api.body import NothingIn, read_nothing, read_object
from app.api.operation import documented
from app.api.paging import Paged, cursor_of, id_in, listed, read_query
from app.api.schemas.deliveries import ExplanationOut
from app.models import OAuthCredential
from app.queries.oauth_credentials import User, page_of_oauth_credentials, users_of
from app.sending.failures.diagnosis import explain
from app.sending.tokens.token_store import kept_refusal
from app.services import oauth_credentials as service
from app.services.oauth_credentials.schema import OAuthCredentialIn


class TokenAnswerOut(TypedDict):
    """What the token server answered to a test; whatever may be secret is bullets.

    `asked` false: there is nothing to ask it with (a code works once), and the token at hand works.
    """

    ok: bool
    asked: bool
    status: int | None
    duration_ms: int | None
    answer: dict[str, str]
    explanation: ExplanationOut | None


class OAuthCredentialOut(TypedDict):
    """An OAuth credential. Secret parameters are null. `webhooks`: the ids of those that use it.

    `state`: `unused` (not asked yet), `works`, `not_connected` (somebody has to sign in), `failing`.
    """

    id: str
    name: str
    token_url: str
    method: Literal["POST", "GET"]
    send_in: Literal["query", "form", "json", "basic"]
    parameters: dict[str, str | None]
    authorize_url: str | None
    hosts: list[str]
    state: Literal["unused", "works", "not_connected", "failing"]
    token_expires_at: str | None
    token_obtained_at: str | None
    explanation: ExplanationOut | None
    webhooks: list[str]
    created_at: str
    updated_at: str
    test: NotRequired[TokenAnswerOut]


@bp.get("/v1/oauth-credentials")
@scope("webhooks:read")
@documented(
    "OAuth connections",
    "List OAuth connections, oldest first",
    query=Paged,
    answer=OAuthCredentialOut,
    listed=True,
)
def list_oauth_credentials() -> Response:
    """The OAuth credentials of the space."""
    query = read_query(Paged)
    page = page_of_oauth_credentials(space_id(), id_in(query.cursor, "oac"), query.limit)
    data = [_out(row, page.users.get(row.id, [])) for row in page.oauth_credentials]
    return answer(listed(data, cursor_of(page.next_cursor) if page.next_cursor else None))


@bp.post("/v1/oauth-credentials")
@scope("webhooks:write")
@documented(
    "OAuth connections",
    "Create an OAuth connection",
    status=201,
    body=OAuthCredentialIn,
    answer=OAuthCredentialOut,
)
def create_oauth_credential() -> Response:
    """A new OAuth credential; the token server is not asked yet."""
    row = service.create(space_id(), read_object())
    return answer(_out(row, []), 201, {"Location": f"/api/v1/oauth-credentials/{row.id}"})


@bp.get("/v1/oauth-credentials/<credential_id>")
@scope("webhooks:read")
@documented("OAuth connections", "Read an OAuth connection", answer=OAuthCredentialOut, fails=(404,))
def show_oauth_credential(credential_id: str) -> Response:
    """One OAuth credential."""
    return _shown(service.find(space_id(), credential_id))


@bp.patch("/v1/oauth-credentials/<credential_id>")
@scope("webhooks:write")
@documented(
    "OAuth connections",
    "Change the settings you name; parameters are replaced, null keeps a stored value",
    body=OAuthCredentialIn,
    partial=True,
    answer=OAuthCredentialOut,
    fails=(404,),
)
def change_oauth_credential(credential_id: str) -> Response:
    """Change settings."""
    return _shown(service.update(space_id(), credential_id, read_object()))


@bp.delete("/v1/oauth-credentials/<credential_id>")
@scope("webhooks:write")
@documented(
    "OAuth connections", "Delete an OAuth connection that no webhook uses", status=204, fails=(404, 409)
)
def delete_oauth_credential(credential_id: str) -> Response:
    """Delete an OAuth credential."""
    service.delete(space_id(), credential_id)
    return empty()


@bp.post("/v1/oauth-credentials/<credential_id>/test")
@scope("webhooks:write")
@documented(
    "OAuth connections",
    "Ask the token server for a token now, and keep it",
    body=NothingIn,
    body_optional=True,
    answer=OAuthCredentialOut,
    fails=(404,),
)
def test_oauth_credential(credential_id: str) -> Response:
    """Test an OAuth credential."""
    read_nothing()
    tested = service.test(space_id(), credential_id)
    told: TokenAnswerOut = {
        "ok": tested.ok,
        "asked": tested.asked,
        "status": tested.status,
        "duration_ms": tested.duration_ms,
        "answer": dict(tested.fields),
        "explanation": tested.explanation.said() if tested.explanation else None,  # type: ignore[typeddict-item]
    }
    return _shown(tested.oauth_credential, test=told)


def _shown(row: OAuthCredential, **more: Any) -> Response:
    return answer({**_out(row, users_of([row.id]).get(row.id, [])), **more})


def _out(row: OAuthCredential, users: list[User]) -> dict[str, Any]:
    token = row.token
    refused = kept_refusal(token) if token.last_reason else None
    why = explain(refused.reason, {**refused.facts, "test": True}, _) if refused else None
    return {
        "id": row.id,
        **service.settings_of(row),
        "state": service.state_of(row),
        "token_expires_at": moment_or_none(token.expires_at),
        "token_obtained_at": moment_or_none(token.obtained_at),
        "explanation": why.said() if why else None,
        "webhooks": [user.id for user in users],
        "created_at": moment(row.created_at),
        "updated_at": moment(row.updated_at),
    }
