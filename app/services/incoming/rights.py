"""What an incoming webhook may do at this moment: never more than who made it (D3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select

from app.core.actor import KEY, PERSON, Actor
from app.core.digests import digest_of
from app.core.extensions import db
from app.core.times import utc_now
from app.models import ApiKey, IncomingAddress, IncomingWebhook, Membership, OwnService, Person, Role, Space
from app.models.permission import ALL
from app.services.incoming.tools import tools


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the incoming webhook, and the permissions of whom it acts for, of this very moment.

    works: the address has not ended. person_email: None if it acts for a key. gone: who made it is no longer there.
    archived: nothing comes into its space any more. service: where calls of the tool are passed on.
    """

    webhook: IncomingWebhook
    works: bool
    permissions: frozenset[str]
    gone: bool
    person_email: str | None = None
    archived: bool = False
    service: OwnService | None = None

    def may(self, permission: str) -> bool:
        """True if whom it acts for may do that now."""
        return permission in self.permissions


# Made once: it is asked at every call.
_BY_TOKEN = (
    select(IncomingAddress, IncomingWebhook, Role, Person.email, ApiKey, Space.archived_at, OwnService)
    .join(IncomingWebhook, IncomingWebhook.id == IncomingAddress.incoming_webhook_id)
    .join(Space, Space.id == IncomingWebhook.space_id)
    .outerjoin(
        Membership,
        and_(
            Membership.person_id == IncomingWebhook.person_id,
            Membership.space_id == IncomingWebhook.space_id,
        ),
    )
    .outerjoin(Role, Role.id == Membership.role_id)
    .outerjoin(Person, Person.id == Membership.person_id)
    .outerjoin(ApiKey, ApiKey.id == IncomingWebhook.api_key_id)
    .outerjoin(
        OwnService,
        and_(OwnService.space_id == IncomingWebhook.space_id, OwnService.tool == bindparam("of_tool")),
    )
    .where(IncomingAddress.token_hash == bindparam("digest"), IncomingWebhook.deleted_at.is_(None))
    .execution_options(populate_existing=True)
)


def caller_with(token: str, tool: str) -> Caller | None:
    """Who has this token, and wants to use this tool, which there need not be.

    One look by its hash: how long a miss takes says nothing about any address.
    """
    known = tool if tool in tools() else ""
    found = db.session.execute(_BY_TOKEN, {"digest": digest_of(token), "of_tool": known}).first()
    if found is None:
        return None
    address, webhook, role, email, key, archived_at, service = found
    held = _held(webhook, role, key)
    works = address.works(utc_now())
    return Caller(webhook, works, held or frozenset(), held is None, email, archived_at is not None, service)


def _held(webhook: IncomingWebhook, role: Role | None, key: ApiKey | None) -> frozenset[str] | None:
    """The permissions; None if nobody is there any more to act for."""
    if webhook.person_id is not None:
        return frozenset(role.held) if role is not None else None
    # Nobody stands behind a key of the command line but whoever runs Hookdesk: while it works, so does the webhook.
    return frozenset(ALL) if key is not None and key.usable(utc_now()) else None


def actor_of(caller: Caller, address: str) -> Actor:
    """Changes are those of the person whom the incoming webhook acts for. `address`: where the call came from."""
    webhook = caller.webhook
    if webhook.person_id is not None:
        return Actor(PERSON, caller.person_email or "", webhook.person_id, address, caller.permissions)
    return Actor(KEY, webhook.name, webhook.api_key_id, address, caller.permissions)


def needed_for(keys: Iterable[str]) -> frozenset[str]:
    """What somebody must be allowed to gain nothing by an address with these tools."""
    return frozenset(name for key in keys if (tool := tools().get(key)) for name in (tool.view, tool.manage))


def may_see_address(webhook: IncomingWebhook, person_id: str | None, held: Iterable[str]) -> bool:
    """True for who made it, and for whoever may do all that its address can be used for."""
    return (person_id is not None and webhook.person_id == person_id) or needed_for(webhook.tools) <= set(
        held
    )
