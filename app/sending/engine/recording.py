"""From an exchange to the entry in the ledger: the verdict, what is kept of it, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import orjson

from app.ledger.attempt_row import (
    NO_FACTS,
    Answered,
    Row,
    Sent,
    attempt_row,
    sent_as_it_was,
    sent_as_template,
)
from app.ledger.leases.entries import Claimed, Entry
from app.models.attempt import MANUAL, SCHEDULED
from app.models.delivery import FAILED, PENDING, SUCCEEDED
from app.models.retry_schedule import STANDARD_WEBHOOKS, next_attempt_ms
from app.outbound import Exchange, Request
from app.outbound.answer import PAIR_BYTES
from app.outbound.bounded import Bounded
from app.sending.failures.delivery_control import aborts_message
from app.sending.failures.success_rules import INTERNAL, Verdict, find_header, judge
from app.sending.message.composing import Message
from app.sending.message.masking import mask_headers
from app.sending.message.target import Target

GONE = 410
HEADERS_BYTES = 2 * 1024 * 1024
# A count above this is damaged, and would not fit into its column when it grows.
MOST_ATTEMPTS = 2**31 - 2


class Kept(NamedTuple):
    """What is kept of one exchange as it was, secrets masked."""

    sent: Sent
    answered: Answered


def keep(target: Target, request: Request | None, exchange: Exchange) -> Kept:
    """Mask and encode an exchange. `request` None: nothing could be sent at all."""
    answer = _answer(target, exchange)
    if request is None:
        return Kept(sent_as_it_was(target.method, target.url), answer)
    url, body = request.url, request.body
    if target.layout_scrub:
        url, body = target.layout_scrub(url), target.layout_scrub(body)
    headers = orjson.dumps(mask_headers(request.header_pairs()))
    return Kept(sent_as_it_was(request.method, url, headers, body), answer)


def _answer(target: Target, exchange: Exchange) -> Answered:
    """Headers, body, detail and facts of what came back.

    A receiver may send back what it was sent, so its words are scrubbed wherever they are kept.
    """
    headers = body = None
    if exchange.status is not None:
        headers, body = _kept_headers(tuple(exchange.headers)), exchange.body
    facts, detail = NO_FACTS, ""
    if exchange.fault is not None or exchange.detail or exchange.facts:
        facts, detail = orjson.dumps(exchange.facts), exchange.detail.replace("\0", "")[:2000]
    scrub = target.scrub
    if scrub is None:
        return headers, body, detail, facts
    return headers and scrub(headers), body and scrub(body), detail, scrub(facts)


_headers: Bounded[tuple[tuple[str, str], ...], bytes] = Bounded(HEADERS_BYTES)


def _kept_headers(headers: tuple[tuple[str, str], ...]) -> bytes:
    """A receiver's headers hardly change from one answer to the next, but for the second in `Date`."""
    kept = _headers.get(headers)
    if kept is None:
        kept = orjson.dumps(mask_headers(headers))
        _headers.put(headers, kept, 3 * len(kept) + PAIR_BYTES * len(headers))
    return kept


def attempt_values(
    claimed: Claimed, target: Target, message: Message | None, exchange: Exchange, verdict: Verdict
) -> Row:
    """The row of `attempt`.

    What was sent is kept as its request template, or as it was if it could not be made again from that; if nothing
    could be sent, as the address it was meant for.
    """
    if message is None:
        sent = sent_as_it_was(target.method, target.url)
    elif target.request_template is None:
        headers_sent = orjson.dumps(mask_headers(message.header_pairs()))
        sent = sent_as_it_was(target.method, message.url, headers_sent, message.body)
    else:
        sent = sent_as_template(target.request_template.id, message.timestamp_s, message.signature)
    return attempt_row(
        target.space_id,
        claimed.webhook_id,
        exchange,
        sent,
        _answer(target, exchange),
        verdict.ok,
        verdict.reason,
        claimed.id,
        claimed.attempts_count + 1,
        MANUAL if claimed.manual else SCHEDULED,
    )


def entry_of(
    claimed: Claimed, target: Target, message: Message | None, exchange: Exchange, token: str, now_ms: int
) -> Entry:
    """Judge an exchange and decide what happens to its delivery. `token`: the lease it was claimed under."""
    verdict = judge(target.success_rule, exchange)
    return _entry(claimed, target, message, exchange, verdict, token, now_ms)


def bare_entry(claimed: Claimed, target: Target, exchange: Exchange, token: str, now_ms: int) -> Entry:
    """The plain part of an entry, for one that could not be made: what is damaged in the row counts as nothing.

    How the receiver answered stays what it was; nothing of what it said is kept.
    """
    sound = claimed._replace(
        attempts_count=_number(claimed.attempts_count),
        failed_attempts=_number(claimed.failed_attempts),
        resume_at=claimed.resume_at if isinstance(claimed.resume_at, int) else None,
    )
    try:
        verdict = judge(target.success_rule, exchange)
    except Exception:  # noqa: BLE001 (whatever it is, this attempt still needs an end)
        verdict = Verdict(False, INTERNAL)
    kept = Exchange(exchange.started_at_ms, exchange.duration_us, status=exchange.status)
    kept.detail = "What was answered could not be kept."
    return _entry(sound, replace(target, request_template=None), None, kept, verdict, token, now_ms)


def _number(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < MOST_ATTEMPTS else 0


def _entry(
    claimed: Claimed,
    target: Target,
    message: Message | None,
    exchange: Exchange,
    verdict: Verdict,
    token: str,
    now_ms: int,
) -> Entry:
    attempt = attempt_values(claimed, target, message, exchange, verdict)
    status, due_at, spent, gone = SUCCEEDED, None, False, False
    if not verdict.ok:
        due_at = next_due_ms(claimed, target, exchange, now_ms)
        status = _in_the_end(claimed) if due_at is None else PENDING
        spent = not claimed.manual or claimed.until_it_works
        gone = exchange.status == GONE
    return Entry(
        delivery_id=claimed.id,
        webhook_id=claimed.webhook_id,
        lease_token=token,
        status=status,
        due_at=now_ms if due_at is None else due_at,
        attempts_count=claimed.attempts_count + 1,
        failed_attempts=claimed.failed_attempts + spent,
        http_status=exchange.status,
        reason=verdict.reason,
        attempted_at=exchange.started_at_ms,
        ended_at=exchange.started_at_ms + exchange.duration_us // 1000,
        attempt_id=attempt["id"],
        attempt=tuple(attempt.values()),
        ok=verdict.ok,
        gone=gone,
    )


def _in_the_end(claimed: Claimed) -> str:
    """What a message is that is tried no more, after a failed attempt: one that was delivered once stays so."""
    return SUCCEEDED if claimed.was_delivered else FAILED


def next_due_ms(claimed: Claimed, target: Target, exchange: Exchange, now_ms: int) -> int | None:
    """When a failed delivery is tried again, or None if it has failed for good.

    A try that a person ordered uses up nothing of the schedule: a retry that was planned stays planned.
    410 Gone means never again (Standard Webhooks), and `webhook-delivery: abort-message` the same of this message.
    "Until it works" stays at the schedule's last gap.
    """
    if exchange.status == GONE or aborts_message(exchange.headers):
        return None
    if claimed.manual and not claimed.until_it_works:
        return None if claimed.resume_at is None else max(claimed.resume_at, now_ms)
    schedule, failed = target.schedule, claimed.failed_attempts + 1
    if claimed.until_it_works:
        schedule = schedule or STANDARD_WEBHOOKS
        failed = min(failed, len(schedule))
    return next_attempt_ms(
        schedule, failed, now_ms, find_header(exchange.headers, "retry-after"), exchange.status
    )
