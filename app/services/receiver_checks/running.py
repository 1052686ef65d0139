"""Carry out a check: claim it, send the probes, keep the tries and the score card."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import CursorResult, or_, select, update

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import ReceiverCheck, Webhook
from app.models.attempt import TEST
from app.models.receiver_check import DONE, RUNNING, WAITING, worst_of
from app.outbound import OneByOne, OutboundPolicy
from app.queries.deliveries.explanations import facts_of_attempt
from app.queries.spaces import in_use
from app.sending.message.layout import AddressTooLarge
from app.sending.message.target import Target
from app.services.receiver_checks.certificates import note_certificate
from app.services.receiver_checks.probes import (
    LARGE_BYTES,
    PROBES,
    VALID,
    ProbeMaker,
    as_kept,
    wrong_method_of,
)
from app.services.receiver_checks.verdicts import CheckedReceiver, Outcome, chain_end, score_card
from app.services.webhooks.probe import carried, keep_attempt, target_of

# Longer than all probes of the slowest webhook take: whoever runs a check has it until then.
LEASE = timedelta(minutes=10)
# A check waits for its receiver no longer than this for each probe, whatever the webhook's own limit is.
LONGEST_PROBE_S = 30


def runnable(spaces_at_work: Collection[str], most: int) -> list[tuple[str, str]]:
    """(check, space) of checks that nobody runs, oldest first, one for each space that has none under way."""
    rows = db.session.execute(
        select(ReceiverCheck.id, ReceiverCheck.space_id)
        .where(ReceiverCheck.state != DONE, _nobody_runs_it(utc_now()), in_use(ReceiverCheck.space_id))
        .order_by(ReceiverCheck.id)
        .limit(1000)
    ).all()
    first_of: dict[str, str] = {}
    for check_id, space_id in rows:
        first_of.setdefault(space_id, check_id)
    free = [(check_id, space) for space, check_id in first_of.items() if space not in spaces_at_work]
    return free[:most]


def run(check_id: str) -> bool:
    """Run a check from claim to result; False if somebody else has it or its webhook is gone."""
    if not _claim(check_id):
        return False
    check = db.session.get_one(ReceiverCheck, check_id, populate_existing=True)
    webhook = db.session.get_one(Webhook, check.webhook_id, populate_existing=True)
    outcomes = {} if webhook.deleted_at or webhook.must_confirm else _probed(webhook)
    _finish(check_id, webhook, outcomes)
    return bool(outcomes)


def _nobody_runs_it(now: datetime) -> Any:
    return or_(ReceiverCheck.state == WAITING, ReceiverCheck.lease_until < now)


def _claim(check_id: str) -> bool:
    now = utc_now()
    with transaction() as session:
        result = session.execute(
            update(ReceiverCheck)
            .where(ReceiverCheck.id == check_id, ReceiverCheck.state != DONE, _nobody_runs_it(now))
            .values(state=RUNNING, lease_until=now + LEASE)
        )
    return cast("CursorResult[Any]", result).rowcount == 1


def _probed(webhook: Webhook) -> dict[str, Outcome]:
    """Send the probes one after the other. If the valid one is not accepted the others would say nothing."""
    maker = ProbeMaker(webhook, _target(webhook, webhook.method), _target(webhook, wrong_method_of(webhook)))
    outcomes: dict[str, Outcome] = {}
    with OneByOne() as sender:
        for probe in PROBES:
            outcome = _sent(webhook, maker, probe, sender)
            if outcome is not None:
                outcomes[probe] = outcome
            if probe == VALID and (outcome is None or not outcome.ok):
                break
    return outcomes


def _target(webhook: Webhook, method: str) -> Target:
    target = target_of(webhook, webhook, method=method).for_own_messages()
    return replace(target, timeout_ms=min(target.timeout_ms, LONGEST_PROBE_S * 1000))


def _sent(webhook: Webhook, maker: ProbeMaker, probe: str, sender: OneByOne) -> Outcome | None:
    """Send a probe and keep its try; None if it does not fit into the address."""
    message = maker.make(probe)
    if isinstance(message, AddressTooLarge):
        return None
    target = maker.target_of(probe)
    db.session.commit()  # bytes are going to travel: no transaction stays open
    request, exchange = carried(target, message, sender.send)
    attempt = keep_attempt(target, TEST, as_kept(request), exchange)
    facts = facts_of_attempt(attempt, target.timeout_ms // 1000)
    return Outcome(exchange, attempt.reason is None, attempt.reason, facts)


def _finish(check_id: str, webhook: Webhook, outcomes: dict[str, Outcome]) -> None:
    now = utc_now()
    lines = score_card(outcomes, _receiver(webhook), now) if outcomes else []
    with transaction() as session:
        check = session.get_one(ReceiverCheck, check_id, populate_existing=True)
        check.state, check.finished_at, check.lease_until = DONE, now, None
        check.lines, check.mark = lines, worst_of(lines) if lines else None
        if VALID in outcomes and (ends := chain_end(outcomes[VALID].exchange)) is not None:
            note_certificate(session, webhook.id, webhook.url, ends)


def _receiver(webhook: Webhook) -> CheckedReceiver:
    policy: OutboundPolicy = current_app.config["SETTINGS"].outbound_policy()
    own_inbox = policy.is_own_inbox(webhook.url)
    return CheckedReceiver(
        is_https=urlsplit(webhook.url).scheme == "https" or own_inbox,
        timeout_s=min(webhook.timeout_s, LONGEST_PROBE_S),
        method=webhook.method,
        wrong_method=wrong_method_of(webhook),
        kept_open=not own_inbox,
        large_bytes=LARGE_BYTES,
    )
