"""Ask a token server now, because a person wants to see what it says."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _

from app.audit.actions import TESTED
from app.audit.differences import detail
from app.audit.subject import OAUTH_CREDENTIAL, Subject
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import OAuthCredential
from app.sending.failures.diagnosis import Explanation, explain
from app.sending.tokens import Fetched, Token, TokenRefusal, fetch
from app.sending.tokens.token_answer import masked_fields
from app.sending.tokens.token_store import Asking
from app.services.auditing import note
from app.services.oauth_credentials.crud import find
from app.services.oauth_credentials.token_store import token_store
from app.services.other_servers import asking_others


@dataclass(frozen=True, slots=True)
class TokenTest:
    """What the token server answered, fit to be shown.

    `status`, `duration_ms` None: it gave no answer, or there was nothing to ask it. `fields`: what it
    said, secrets as bullets. `explanation` None: there is a token.
    """

    oauth_credential: OAuthCredential
    asked: bool
    status: int | None
    duration_ms: int | None
    fields: list[tuple[str, str]]
    explanation: Explanation | None
    detail: str

    @property
    def ok(self) -> bool:
        """True if there is a token."""
        return self.explanation is None


def test(space_id: str, credential_id: str) -> TokenTest:
    """Ask for a token as a delivery would, whatever is there already, and keep it. Raises `NotFound`."""
    row = find(space_id, credential_id)
    answered = tested(row, ask(space_id, Asking(row.id, anew=True)))
    note_answer(row, TESTED, answered)
    return answered


def note_answer(row: OAuthCredential, action: str, answered: TokenTest) -> None:
    """Keep that somebody asked the token server, and whether there is a token now."""
    details = [detail("sign_in.name", None, row.name), detail("passed", None, answered.ok)]
    space_id, subject = row.space_id, Subject(OAUTH_CREDENTIAL, row.id)
    with transaction() as session:
        note(session, space_id, action, subject, details)


def ask(space_id: str, asking: Asking) -> Fetched:
    """Get a token. No transaction of the request is open meanwhile."""
    db.session.commit()
    with asking_others(space_id):
        return fetch(token_store(), current_app.config["SETTINGS"].outbound_policy(), asking)


def tested(row: OAuthCredential, fetched: Fetched) -> TokenTest:
    """What is shown of an answer."""
    exchange, task = fetched.exchange, fetched.task
    db.session.refresh(row)
    return TokenTest(
        oauth_credential=row,
        asked=exchange is not None,
        status=exchange.status if exchange else None,
        duration_ms=round(exchange.duration_us / 1000) if exchange else None,
        fields=masked_fields(task.recipe, exchange) if task and exchange else [],
        explanation=_why(fetched.outcome),
        detail=fetched.outcome.detail if isinstance(fetched.outcome, TokenRefusal) else "",
    )


def _why(outcome: Token | TokenRefusal) -> Explanation | None:
    if isinstance(outcome, Token):
        return None
    return explain(outcome.reason, {**outcome.facts, "test": True}, _)
