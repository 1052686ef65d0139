"""Who may use an OAuth connection in a webhook, and for which hosts (R21).

Its tokens open somebody else's system: whoever could send them to an address of their own would have them.
"""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import OAUTH_CREDENTIAL_EDITED
from app.audit.differences import detail
from app.audit.subject import OAUTH_CREDENTIAL, Subject
from app.core.acting import acting
from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.models import OAuthCredential, Webhook
from app.models.permission import MANAGE_OAUTH, USE_OAUTH
from app.sending.message.hosts import host_of, may_go_to
from app.services.auditing import note
from app.services.webhooks.schema import WebhookIn
from app.services.webhooks.settings import touch

FIELD = "auth.credential_id"


def check_use(space_id: str, new: WebhookIn, old: Webhook | None) -> None:
    """Whoever acts may use the connection as these settings do. Raises `Invalid`.

    Without the right to use connections, what is stored stays usable, at the host that it is stored with.
    """
    if new.auth.kind != "oauth":
        return
    if _is_new_use(new, old) and not acting().may(USE_OAUTH):
        said = _("Your role may not use OAuth connections. Ask an owner or admin of the space.")
        raise Invalid([FieldError(FIELD, said)])
    row = db.session.get_one(OAuthCredential, new.auth.credential_id, populate_existing=True)
    if not may_go_to(new.url, row.hosts) and not (not row.hosts and acting().may(MANAGE_OAUTH)):
        raise Invalid([FieldError(FIELD, _not_named(row.name, host_of(new.url)))])


def name_first_host(session: Session, webhook: Webhook) -> None:
    """A connection that names no host yet gets the webhook's, within the caller's transaction.

    `check_use` has made sure that whoever acts may manage connections.
    """
    if webhook.auth_kind != "oauth":
        return
    row = session.get_one(
        OAuthCredential, webhook.oauth_credential_id, populate_existing=True, with_for_update=True
    )
    if row.hosts:
        return
    row.hosts = [host_of(webhook.url)]
    details = [detail("sign_in.hosts", [], row.hosts), detail("sign_in.name", None, row.name)]
    note(session, webhook.space_id, OAUTH_CREDENTIAL_EDITED, Subject(OAUTH_CREDENTIAL, row.id), details)
    for other in session.scalars(select(Webhook).where(Webhook.oauth_credential_id == row.id)):
        if other is not webhook:
            touch(other)  # workers remember what a connection may be used for


def hosts_of(webhook: Webhook) -> list[str]:
    """The hosts that the connection of a webhook may be used for; none without a connection."""
    query = select(OAuthCredential.hosts).where(OAuthCredential.id == webhook.oauth_credential_id)
    return list(db.session.scalar(query) or [])


def _is_new_use(new: WebhookIn, old: Webhook | None) -> bool:
    if old is None or old.auth_kind != "oauth" or old.oauth_credential_id != new.auth.credential_id:
        return True
    return host_of(old.url) != host_of(new.url)


def _not_named(name: str, host: str) -> str:
    return _(
        "The OAuth connection “%(name)s” may not be used for %(host)s. Add this server to the connection first, "
        "or choose another way to sign in.",
        name=name,
        host=host,
    )
