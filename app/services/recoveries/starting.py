"""Count what a recovery would send, and start one."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import RECOVERY_STARTED
from app.audit.differences import detail
from app.audit.subject import WEBHOOK, Subject
from app.core.acting import acting
from app.core.errors import Conflict, NotFound
from app.core.transaction import transaction
from app.models import Delivery, Recovery, Webhook
from app.models.delivery import SUCCEEDED
from app.models.webhook import ON, PAUSED, STOPPED, UNCONFIRMED
from app.queries.recoveries.counting import Counted, count_scope
from app.queries.recoveries.scope import Scope, columns_of
from app.services.auditing import note


def count_in(session: Session, scope: Scope) -> Counted:
    """How many events a recovery of this scope would send now. Raises `NotFound` if the webhook is another space's."""
    return count_scope(session, scope, _webhook(session, scope))


def start(scope: Scope, rate_per_s: int | None = None, most: int | None = None) -> Recovery:
    """Start sending; the maintenance does the rest. `most`: no more than so many.

    Raises `NotFound`, or `Conflict` ("webhook_not_on", "webhook_deleted", "nothing_to_resend") with what to do first;
    then nothing is started.
    """
    with transaction() as session:
        webhook = _webhook(session, scope)
        refuse_if_impossible(webhook)
        counted = count_scope(session, scope, webhook)
        if not counted.to_send:
            raise Conflict("nothing_to_resend", nothing_sentence(counted))
        recovery = _new(_without_delivered(session, scope), counted, rate_per_s, most)
        session.add(recovery)
        session.flush()
        note(
            session,
            scope.space_id,
            RECOVERY_STARTED,
            Subject(WEBHOOK, webhook.id),
            [detail("recovery.id", None, recovery.id), detail("recovery.to_send", None, recovery.to_send)],
        )
        session.refresh(recovery)
    return recovery


def refuse_if_impossible(webhook: Webhook) -> None:
    """Raise `Conflict` with what to do first, if nothing can be sent through this webhook now."""
    if webhook.deleted_at is not None:
        raise Conflict("webhook_deleted", _("This webhook was deleted, so nothing can be sent through it."))
    if webhook.state != ON:
        raise Conflict("webhook_not_on", _what_first(webhook))


def nothing_sentence(counted: Counted) -> str:
    """Why there is nothing to send."""
    if counted.delivered:
        return _("All of these were delivered since, so there is nothing to resend.")
    return _("There is nothing to resend here, so nothing was started.")


def _what_first(webhook: Webhook) -> str:
    if webhook.state_reason == UNCONFIRMED:
        return _("This webhook waits for its receiver to confirm. Once it is confirmed, resend.")
    if webhook.state == STOPPED:
        return _("We turned this webhook off. Fix the cause, test it and turn it on first, then resend.")
    if webhook.state == PAUSED:
        return _("This webhook is paused. Resume it first, then resend.")
    return _("This webhook is off. Turn it on first, then resend.")


def _webhook(session: Session, scope: Scope) -> Webhook:
    query = select(Webhook).where(Webhook.id == scope.webhook_id, Webhook.space_id == scope.space_id)
    webhook = session.scalar(query.execution_options(populate_existing=True))
    if webhook is None:
        raise NotFound
    return webhook


def _without_delivered(session: Session, scope: Scope) -> Scope:
    """A selection less what was delivered, which was counted as skipped already."""
    if scope.delivery_ids is None:
        return scope
    left = session.scalars(
        select(Delivery.id).where(
            Delivery.id.in_(scope.delivery_ids),
            Delivery.webhook_id == scope.webhook_id,
            Delivery.status != SUCCEEDED,
        )
    )
    return replace(scope, delivery_ids=tuple(sorted(left)))


def _new(scope: Scope, counted: Counted, rate_per_s: int | None, most: int | None) -> Recovery:
    actor = acting()
    skipped = 0 if most else counted.delivered
    return Recovery(
        **columns_of(scope),
        most=most,
        rate_per_s=rate_per_s,
        total=min(counted.to_send, most or counted.to_send) + skipped,
        skipped=skipped,
        actor_kind=actor.kind,
        actor_name=actor.name[:254],
    )
