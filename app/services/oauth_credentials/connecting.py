"""Connect: a person signs in at the other system, which sends them back with a code (RFC 6749 4.1).

`state` ties the answer to the person and the OAuth credential, PKCE (RFC 7636, S256) ties the code to us. Both are
used once and end after ten minutes.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from sqlalchemy import delete

from app.audit.actions import CONNECT_BEGUN, CONNECTED
from app.audit.differences import detail
from app.audit.subject import OAUTH_CREDENTIAL, Subject
from app.core.digests import digest_of
from app.core.errors import Conflict, NotFound, ServiceError
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import OAuthConnection
from app.models.oauth_credential import AUTHORIZATION_CODE
from app.sending.failures.wording import one_line
from app.sending.message.parameters import with_query
from app.sending.tokens.token_request import Code
from app.sending.tokens.token_store import Asking
from app.services.auditing import note
from app.services.oauth_credentials.crud import find
from app.services.oauth_credentials.settings import stored_parameters, vault
from app.services.oauth_credentials.token_tests import TokenTest, ask, note_answer, tested

LASTS = timedelta(minutes=10)
# What the log-in page of the other system is told besides; nothing of it is secret.
_PASSED_ON = ("client_id", "scope", "audience", "resource")


class ConnectFailed(ServiceError):
    """The person came back without a usable code; the text is a sentence. `credential_id`: if it is known."""

    def __init__(self, message: str, credential_id: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.credential_id = credential_id


@dataclass(frozen=True, slots=True)
class Connected:
    """The person came back with a code, and this is what the token server said to it."""

    credential_id: str
    tested: TokenTest


def begin_connect(space_id: str, credential_id: str, person_id: str, redirect_uri: str) -> str:
    """The address of the page where the person signs in. Raises `NotFound`, `Conflict`."""
    row = find(space_id, credential_id)
    if row.grant != AUTHORIZATION_CODE or not row.authorize_url:
        raise Conflict("not_connectable", _("This OAuth connection has no address where people log in."))
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    parameters = stored_parameters(row)
    with transaction() as session:
        session.execute(delete(OAuthConnection).where(OAuthConnection.expires_at < utc_now()))
        session.add(
            OAuthConnection(
                id=digest_of(state),
                credential_id=row.id,
                person_id=person_id,
                verifier=vault().encrypt(verifier),
                expires_at=utc_now() + LASTS,
            )
        )
        address = row.authorize_url
        named = [detail("sign_in.name", None, row.name)]
        note(session, space_id, CONNECT_BEGUN, Subject(OAUTH_CREDENTIAL, row.id), named)
    query = [("response_type", "code"), ("redirect_uri", redirect_uri), ("state", state)]
    query += [("code_challenge", _challenge(verifier)), ("code_challenge_method", "S256")]
    query += [(name, parameters[name]) for name in _PASSED_ON if parameters.get(name)]
    return with_query(address, query)


def finish_connect(space_id: str, person_id: str, answer: Mapping[str, str], redirect_uri: str) -> Connected:
    """Take the code and exchange it for a token. Raises `ConnectFailed`, and `NotFound` for what is not theirs."""
    credential_id, verifier = _take(space_id, person_id, answer.get("state", ""))
    if error := answer.get("error"):
        said = one_line(answer.get("error_description") or error)
        raise ConnectFailed(_("The other system said no: “%(error)s”.", error=said), credential_id)
    code = answer.get("code", "")
    if not code or len(code) > 4000 or not code.isprintable():
        raise ConnectFailed(_("The other system sent no code. Connect again."), credential_id)
    asking = Asking(credential_id, anew=True, code=Code(code, redirect_uri, verifier))
    row = find(space_id, credential_id)
    answered = tested(row, ask(space_id, asking))
    note_answer(row, CONNECTED, answered)
    return Connected(credential_id, answered)


def _take(space_id: str, person_id: str, state: str) -> tuple[str, str]:
    """The OAuth credential and the PKCE verifier that belong to a state, which works once and for its person alone."""
    with transaction() as session:
        row = session.get(OAuthConnection, digest_of(state))
        if row is None or row.expires_at < utc_now():
            raise ConnectFailed(_("This answer is too old or was used before. Press Connect again."))
        if row.person_id != person_id:
            raise NotFound
        find(space_id, row.credential_id)
        session.delete(row)
        return row.credential_id, vault().decrypt(row.verifier)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
