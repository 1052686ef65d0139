"""Create, change and delete an OAuth credential."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete as sql_delete
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.subject import OAUTH_CREDENTIAL, Subject
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.core.ids import new_id
from app.core.transaction import transaction
from app.core.validation import overlaid
from app.models import OAuthConnection, OAuthCredential, OAuthToken, Webhook
from app.models.oauth_credential import AUTHORIZATION_CODE, FAILING, NOT_CONNECTED, UNUSED, WORKS
from app.sending.tokens.token_request import is_secret
from app.services.auditing import note
from app.services.oauth_credentials import settings
from app.services.webhooks.changes import (
    NOTHING,
    OAUTH_CREDENTIAL_ADDED,
    OAUTH_CREDENTIAL_DELETED,
    OAUTH_CREDENTIAL_EDITED,
    Details,
    Snapshot,
    detail,
    differences,
    record,
)
from app.services.webhooks.settings import touch

# Of the webhooks that still use an OAuth credential, a sentence names so many.
NAMED = 5


def find(space_id: str, credential_id: str) -> OAuthCredential:
    """The OAuth credential of this space, fresh from the database, or `NotFound`."""
    row = db.session().scalar(
        select(OAuthCredential)
        .where(OAuthCredential.id == credential_id, OAuthCredential.space_id == space_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def state_of(row: OAuthCredential) -> str:
    """One of `oauth_credential.STATES`."""
    token = row.token
    if token.last_reason is not None:
        not_connected = row.grant == AUTHORIZATION_CODE and b"not_connected" in token.last_facts
        return NOT_CONNECTED if not_connected else FAILING
    if token.access_token is not None:
        return WORKS
    if settings.waits_for_connect(row) and token.refresh_token is None:
        return NOT_CONNECTED
    return UNUSED


def create(space_id: str, data: Mapping[str, Any]) -> OAuthCredential:
    """A new OAuth credential. The token server is not asked yet. Raises `Invalid`."""
    new = settings.checked(data)
    parameters = settings.completed(new, None)
    with transaction() as session:
        row = OAuthCredential(id=new_id("oac"), space_id=space_id, token=OAuthToken())
        settings.apply(row, new, parameters)
        session.add(row)
        note(session, space_id, OAUTH_CREDENTIAL_ADDED, _subject(row), differences(NOTHING, snapshot(row)))
    return row


def update(space_id: str, credential_id: str, data: Mapping[str, Any]) -> OAuthCredential:
    """Change the settings that `data` names. Raises `NotFound` or `Invalid`."""
    with transaction() as session:
        row = _locked(session, space_id, credential_id)
        before = settings.stored_parameters(row), row.token_url
        settings_before = snapshot(row)
        new = settings.checked(overlaid(settings.settings_of(row), data))
        parameters = settings.completed(new, row)
        settings.apply(row, new, parameters)
        _start_anew(row.token, forget_refresh_token=_other_owner(before, (parameters, row.token_url)))
        changed = differences(settings_before, snapshot(row))
        if changed:
            note(session, space_id, OAUTH_CREDENTIAL_EDITED, _subject(row), [*changed, *_which(row, changed)])
        _tell_webhooks(session, row, changed)
    return row


def delete(space_id: str, credential_id: str) -> None:
    """Delete an OAuth connection that no webhook uses. Raises `NotFound`, or `Conflict` that names the webhooks."""
    with transaction() as session:
        row = _locked(session, space_id, credential_id)
        names = session.scalars(
            select(Webhook.name)
            .where(Webhook.oauth_credential_id == row.id, Webhook.deleted_at.is_(None))
            .order_by(Webhook.id)
            .limit(NAMED + 1)
        ).all()
        if names:
            raise Conflict("oauth_credential_in_use", _still_used(names))
        session.execute(sql_delete(OAuthConnection).where(OAuthConnection.credential_id == row.id))
        note(
            session,
            space_id,
            OAUTH_CREDENTIAL_DELETED,
            _subject(row),
            [detail("sign_in.name", row.name, None)],
        )
        session.delete(row)


def _still_used(names: Any) -> str:
    listed = ", ".join(f"“{name}”" for name in names[:NAMED]) + (", …" if len(names) > NAMED else "")
    return _(
        "Webhooks still use this OAuth connection: %(names)s. Choose another one there first.", names=listed
    )


def _locked(session: Session, space_id: str, credential_id: str) -> OAuthCredential:
    """The OAuth credential; no worker renews its token until the transaction ends."""
    session.get(OAuthToken, credential_id, with_for_update=True, populate_existing=True)
    return find(space_id, credential_id)


def _other_owner(before: tuple[dict[str, str], str], after: tuple[dict[str, str], str]) -> bool:
    """True if a refresh token from before belongs to somebody else, or to another server."""
    whose = ("grant_type", "client_id", "username", "password", "refresh_token", "code", "scope")
    same = all(before[0].get(name) == after[0].get(name) for name in whose)
    return not same or settings.host_of(before[1]) != settings.host_of(after[1])


def _start_anew(token: OAuthToken, forget_refresh_token: bool) -> None:
    """After a change: the next delivery asks the token server; whoever asks it now asks in vain."""
    token.generation += 1
    token.access_token = token.obtained_at = token.expires_at = None
    token.lease = token.lease_until = None
    token.last_reason = token.failed_at = None
    token.last_detail, token.last_facts = "", b"{}"
    if forget_refresh_token:
        token.refresh_token = None


def _subject(row: OAuthCredential) -> Subject:
    return Subject(OAUTH_CREDENTIAL, row.id)


def _which(row: OAuthCredential, changed: Details) -> Details:
    """Its name, for a record among those of others, unless the name is what changed."""
    known = any(one["field"] == "sign_in.name" for one in changed)
    return [] if known else [detail("sign_in.name", None, row.name)]


def _tell_webhooks(session: Session, row: OAuthCredential, changed: Details) -> None:
    """The change belongs to the history of the webhooks that use it, beside the failures that follow.

    Workers drop what they remember of a webhook when its version moves, its token as well.
    """
    for webhook in session.scalars(select(Webhook).where(Webhook.oauth_credential_id == row.id)):
        touch(webhook)
        if changed:
            record(session, webhook, OAUTH_CREDENTIAL_EDITED, changed)


def snapshot(row: OAuthCredential) -> Snapshot:
    """The settings of an OAuth credential as they are now, for the record of changes."""
    shown: dict[str, Any] = {}
    secret: dict[str, str] = {}
    for name, value in settings.settings_of(row).items():
        if name != "parameters":
            shown[f"sign_in.{name}"] = value
    for name, value in settings.stored_parameters(row).items():
        (secret if is_secret(name, value) else shown)[f"sign_in.parameters.{name}"] = value
    return Snapshot(shown, secret)
