"""The token store: keeps tokens in SQL, and lets one worker at a time ask the token server.

Two short transactions around a request: `begin` hands out the token that is there or a fetch under a
lease, `finish` keeps what the task brought. No transaction is open while bytes travel. Works for many
workers on PostgreSQL (row lock) and on SQLite (write lock), without Redis.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core.database import WRITE
from app.core.encryption import Vault
from app.core.ids import new_id
from app.core.times import from_ms, now_ms
from app.models import OAuthCredential, OAuthToken
from app.models.oauth_credential import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, PASSWORD
from app.outbound import Exchange, Request
from app.sending.tokens.token_answer import (
    REFUSED,
    UNREACHABLE,
    Granted,
    Token,
    TokenRefusal,
    read_answer,
    refusal,
)
from app.sending.tokens.token_request import (
    Code,
    Recipe,
    code_parameters,
    first_parameters,
    parameters_from,
    recipe_from,
    refresh_parameters,
    token_request,
)

# A token server gets this long; the one that asks it holds the lease a little longer.
TIMEOUT_MS = 8_000
LEASE_SPARE_MS = 1_000
# For this long the answer "no" is not asked for again by deliveries, so that a queue of them asks once.
NO_STANDS_FOR_MS = 5_000


@dataclass(frozen=True, slots=True)
class Asking:
    """What somebody wants of an OAuth credential.

    `rejected`: the generation of a token that was refused (None: any will do). `anew`: a new token even if
    there is one, and whatever was answered a moment ago. `code`: what Connect brought.
    """

    credential_id: str
    rejected: int | None = None
    anew: bool = False
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class TokenFetch:
    """A request to a token server that the holder of `lease` must carry out, then `finish`."""

    asking: Asking
    lease: str
    generation: int
    recipe: Recipe
    request: Request
    uses: str  # "refresh_token", "code" or "grant": what a refusal or a success means differs


@dataclass(frozen=True, slots=True)
class Wait:
    """Another worker asks the token server just now: ask again in a moment."""


Outcome = Token | TokenRefusal
GONE = TokenRefusal(
    REFUSED, {"error": "this OAuth connection was deleted"}, "The OAuth connection was deleted."
)


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Begins and finishes tasks. May be used by several threads."""

    engine: Engine = field(repr=False)
    vault: Vault = field(repr=False)

    def begin(self, asking: Asking) -> Outcome | TokenFetch | Wait:
        """The token at hand, a refusal that still stands, or what to do about it."""
        now = now_ms()
        with self._row(asking.credential_id) as row:
            if row is None:
                return GONE
            token = row.token
            if (have := self._at_hand(asking, token, now)) is not None:
                return have
            if token.lease is not None and _ms(token.lease_until) > now:
                return Wait()
            if not asking.anew and _ms(token.failed_at) > now - NO_STANDS_FOR_MS:
                return kept_refusal(token)
            return self._fetch(asking, row, now)

    def finish(self, task: TokenFetch, exchange: Exchange) -> Outcome | TokenFetch:
        """Keep what the token server answered. An task: a refresh token was refused, try the grant itself."""
        answer = read_answer(task.recipe, exchange)
        with self._row(task.asking.credential_id) as row:
            if row is None:
                return GONE
            if row.token.generation != task.generation:
                return self._overtaken(task, row)
            row.token.lease = row.token.lease_until = None
            if isinstance(answer, Granted):
                return self._keep(task, row, answer)
            return self._refused(task, row, answer)

    def _overtaken(self, task: TokenFetch, row: OAuthCredential) -> Outcome | TokenFetch:
        """The settings changed, or another worker renewed, while the task was under way: its answer is old."""
        if (have := self._at_hand(Asking(row.id), row.token, now_ms())) is not None:
            return have
        if row.token.lease is None and task.asking.code is None:
            return self._fetch(task.asking, row, now_ms())
        return refusal(task.recipe, UNREACHABLE, changed="1")

    def _at_hand(self, asking: Asking, token: OAuthToken, now: int) -> Token | None:
        if asking.anew or token.access_token is None or not token.usable(from_ms(now)):
            return None
        if asking.rejected is not None and token.generation <= asking.rejected:
            return None
        return self._token(token)

    def _token(self, token: OAuthToken) -> Token:
        end = _ms(token.expires_at) if token.expires_at else None
        return Token(self.vault.decrypt(token.access_token or ""), end, token.generation)

    def _fetch(
        self, asking: Asking, row: OAuthCredential, now: int, refresh: bool = True
    ) -> Outcome | TokenFetch:
        parameters = parameters_from(self.vault.decrypt(row.parameters))
        kept = self.vault.decrypt(row.token.refresh_token) if row.token.refresh_token else ""
        code = asking.code
        recipe = recipe_from(_columns(row), parameters, kept, *((code.code, code.verifier) if code else ()))
        uses, to_send = _what_to_send(recipe, code, kept if refresh else "")
        if to_send is None:
            if asking.rejected is None and row.token.usable(from_ms(now)):
                return self._token(row.token)  # nothing to ask for: what is there is all there is
            return _keep_refusal(row.token, refusal(recipe, REFUSED, not_connected="1"), now)
        row.token.lease = new_id("lse")
        row.token.lease_until = from_ms(now + TIMEOUT_MS + LEASE_SPARE_MS)
        request = token_request(recipe, to_send, TIMEOUT_MS)
        request.owner = row.space_id
        return TokenFetch(asking, row.token.lease, row.token.generation, recipe, request, uses)

    def _keep(self, task: TokenFetch, row: OAuthCredential, granted: Granted) -> Token:
        token, now = row.token, now_ms()
        life = granted.usable_for_ms()
        token.access_token = self.vault.encrypt(granted.access_token)
        token.obtained_at = from_ms(now)
        token.expires_at = from_ms(now + life) if life is not None else None
        token.generation += 1
        token.last_reason = token.failed_at = None
        token.last_detail, token.last_facts = "", b"{}"
        if (
            granted.refresh_token and row.grant != CLIENT_CREDENTIALS
        ):  # RFC 6749 4.4.3: asking again is as good
            token.refresh_token = self.vault.encrypt(granted.refresh_token)
        if task.uses == "code":
            self._forget_code(row)
        return self._token(token)

    def _forget_code(self, row: OAuthCredential) -> None:
        """A code works once (RFC 6749 4.1.2): one that was typed in is spent now."""
        parameters = parameters_from(self.vault.decrypt(row.parameters))
        if parameters.get("code") and row.grant == AUTHORIZATION_CODE:
            parameters["code"] = ""
            row.parameters = self.vault.encrypt(orjson.dumps(parameters).decode())

    def _refused(self, task: TokenFetch, row: OAuthCredential, why: TokenRefusal) -> Outcome | TokenFetch:
        if task.uses == "refresh_token" and why.reason == REFUSED and row.grant == PASSWORD:
            row.token.refresh_token = None
            return self._fetch(task.asking, row, now_ms(), refresh=False)
        return _keep_refusal(row.token, why, now_ms())

    @contextmanager
    def _row(self, credential_id: str) -> Iterator[OAuthCredential | None]:
        """The OAuth credential and its token, locked until the end; None if it is not there any more."""
        with Session(self.engine) as session:
            session.connection(execution_options=WRITE)
            lock = session.get(OAuthToken, credential_id, with_for_update=True)
            yield session.get(OAuthCredential, credential_id) if lock else None
            session.commit()


def kept_refusal(token: OAuthToken) -> TokenRefusal:
    """The refusal that a token row tells of."""
    facts = {str(name): str(value) for name, value in orjson.loads(token.last_facts or b"{}").items()}
    return TokenRefusal(token.last_reason or UNREACHABLE, facts, token.last_detail)


def _keep_refusal(token: OAuthToken, why: TokenRefusal, now: int) -> TokenRefusal:
    token.last_reason, token.last_detail = why.reason, why.detail[:2000]
    token.last_facts = orjson.dumps(dict(why.facts))
    token.failed_at = from_ms(now)
    return why


def _what_to_send(recipe: Recipe, code: Code | None, refresh_token: str) -> tuple[str, dict[str, str] | None]:
    """(what it uses, the parameters); None: a code is needed and there is none."""
    if code is not None:
        return "code", code_parameters(recipe, code)
    first = first_parameters(recipe)
    if recipe.grant == AUTHORIZATION_CODE and first is not None:
        return "code", first  # typed in anew: it is wanted more than what an older one brought
    if refresh_token:
        return "refresh_token", refresh_parameters(recipe, refresh_token)
    return "grant", first


def _columns(row: OAuthCredential) -> dict[str, object]:
    return {n: getattr(row, n) for n in ("name", "grant", "token_url", "method", "send_in")}


def _ms(moment: object) -> int:
    return int(moment.timestamp() * 1000) if moment is not None else 0  # type: ignore[attr-defined]
