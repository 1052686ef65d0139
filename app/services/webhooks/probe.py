"""Tests and pings: one attempt outside any delivery, by the same code as a real one (A12, A13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import current_app

from app.audit.actions import TESTED
from app.audit.differences import detail
from app.audit.subject import WEBHOOK, Subject
from app.core.exact_json import dumps
from app.core.extensions import db, vault
from app.core.ids import new_id
from app.core.times import ms_of, now_ms
from app.core.transaction import transaction
from app.ledger.attempt_row import attempt_row
from app.models import Attempt, SigningSecret, Webhook
from app.models.attempt import PING, TEST
from app.models.delivery import SUCCEEDED
from app.outbound import Exchange, Request, send_one
from app.sending.engine.recording import Kept, keep
from app.sending.failures.success_rules import judge
from app.sending.message.composing import Message, compose, compose_confirmation
from app.sending.message.hosts import host_of
from app.sending.message.layout import AddressTooLarge
from app.sending.message.masking import Scrubber
from app.sending.message.signing import new_secret
from app.sending.message.target import Target, target_from
from app.sending.tokens import Send, send_with_token
from app.sending.tokens.hosts import not_named
from app.sending.tokens.injection import refused_exchange
from app.services.auditing import note
from app.services.event_types import catalogue_of
from app.services.oauth_credentials.token_store import token_store
from app.services.other_servers import asking_others
from app.services.sender_identity import sender_identity
from app.services.webhooks import settings
from app.services.webhooks.defaults import with_defaults
from app.services.webhooks.finding import find
from app.services.webhooks.oauth_use import check_use, hosts_of

PING_TYPE = "hookdesk.ping"
TEST_MARK = "test"


class ProbeResult(NamedTuple):
    """A test's try, and the time limit that it had (seconds)."""

    attempt: Attempt
    timeout_s: int


def test(space_id: str, data: Mapping[str, Any] | None = None, webhook_id: str | None = None) -> ProbeResult:
    """Send a sample, marked as a test, with exactly what a real delivery would send.

    `data`: the form as it is typed now (its stored secrets are used where none are typed); None: the
    webhook as it is stored. Nothing is stored but the attempt. Raises `Invalid` or `NotFound`.
    """
    stored = find(space_id, webhook_id) if webhook_id else None
    webhook = draft(space_id, data, stored) if data is not None else stored
    if webhook is None:
        raise ValueError("Either data or webhook_id is needed.")
    event = catalogue_of(space_id).get(webhook.events[0])
    sample = event.sample if event else {}
    target = target_of(webhook, stored).with_field(TEST_MARK)
    message = _message(target, webhook.events[0], {TEST_MARK: True, **sample})
    timeout_s, details = webhook.timeout_s, [detail("url", None, webhook.url)]
    attempt = _send(target, TEST, message)
    with transaction() as session:
        details.append(detail("passed", None, attempt.outcome == SUCCEEDED))
        note(session, space_id, TESTED, Subject(WEBHOOK, webhook_id), details)
    return ProbeResult(attempt, timeout_s)


def probe_webhook(webhook: Webhook, trigger: str) -> Attempt:
    """Send a ping to a stored webhook and keep the attempt. No transaction is open meanwhile."""
    target = target_of(webhook, webhook).for_own_messages()
    return _send(target, trigger, _message(target, PING_TYPE, {"ping": True, "webhook_id": webhook.id}))


def ask_to_confirm(webhook: Webhook, link: str, token: str, expires_at: datetime) -> Attempt:
    """Send the link that confirms a webhook, always by POST (S0), and keep the attempt without the link.

    Whoever may look at tries must not be able to confirm in the receiver's place.
    """
    target = target_of(webhook, webhook, method="POST", success_rule="2xx")
    message = compose_confirmation(target, new_id("msg"), link, token, ms_of(expires_at), now_ms())
    return _send(target, PING, message, Scrubber([token]))


def draft(space_id: str, data: Mapping[str, Any], stored: Webhook | None = None) -> Webhook:
    """A webhook as typed, in memory only."""
    whole = settings.merged(stored, data) if stored else with_defaults(space_id, data)
    new = settings.checked(space_id, whole)
    draft = Webhook(id=stored.id if stored else new_id("whk"), space_id=space_id, version=0)
    check_use(space_id, new, stored)
    settings.apply(draft, new, settings.completed(new, stored))
    return draft


def target_of(webhook: Webhook, stored: Webhook | None, **instead: str) -> Target:
    """What the sender needs. Signs with a key made for this test if it has none of its kind.

    `draft` has checked what it may use; a connection that names no host yet stands as if it named this one.

    `instead`: values that take the place of the webhook's own.
    """
    box = vault()
    row = {column.key: getattr(webhook, column.key) for column in Webhook.__table__.columns} | instead
    row["oauth_hosts"] = hosts_of(webhook) or ([] if webhook is stored else [host_of(webhook.url)])
    same_kind = stored is not None and stored.signature == webhook.signature
    row["secrets"] = (
        _kept_secrets(webhook.id) if same_kind else [(box.encrypt(new_secret(webhook.signature)), None)]
    )
    return target_from(row, box.decrypt, sender_identity())


def _kept_secrets(webhook_id: str) -> list[tuple[str, int | None]]:
    rows = db.session.query(SigningSecret).filter_by(webhook_id=webhook_id).order_by(SigningSecret.id.desc())
    return [(r.secret, ms_of(r.expires_at)) for r in rows]


def _message(target: Target, event_type: str, data: Mapping[str, Any]) -> Message | AddressTooLarge:
    """The message, or why there can be none: that is an outcome to be shown like any other."""
    now = now_ms()
    try:
        return compose(target, new_id("msg"), event_type, now, dumps(data), now)
    except AddressTooLarge as too_large:
        return too_large


def _send(
    target: Target,
    trigger: str,
    request: Message | AddressTooLarge,
    hide: Callable[[bytes], bytes] | None = None,
) -> Attempt:
    db.session.commit()  # bytes are going to travel: no transaction stays open
    with asking_others(target.space_id):
        sent, exchange = carried(target, request)
    return keep_attempt(target, trigger, sent, exchange, hide)


def keep_attempt(
    target: Target,
    trigger: str,
    sent: Request | None,
    exchange: Exchange,
    hide: Callable[[bytes], bytes] | None = None,
) -> Attempt:
    """Judge an exchange outside any delivery and keep it as an attempt of its own. `sent`: None if nothing could be."""
    verdict = judge(target.success_rule, exchange)
    kept = _hidden(keep(target, sent, exchange), hide)
    row = attempt_row(
        target.space_id,
        target.webhook_id,
        exchange,
        kept.sent,
        kept.answered,
        verdict.ok,
        verdict.reason,
        trigger=trigger,
    )
    attempt = Attempt(**row)
    with transaction() as session:
        session.add(attempt)
        session.flush()
        session.refresh(attempt)
    return attempt


def _hidden(kept: Kept, hide: Callable[[bytes], bytes] | None) -> Kept:
    """What is kept, less what nobody may read; the receiver may have sent it back."""
    if hide is None:
        return kept
    *before, sent_body = kept.sent
    headers, body, detail, facts = kept.answered
    answered = (headers and hide(headers), body and hide(body), detail, facts)
    return Kept((*before, hide(sent_body or b"")), answered)  # type: ignore[arg-type]


def carried(
    target: Target, request: Request | AddressTooLarge, send: Send = send_one
) -> tuple[Request | None, Exchange]:
    """What was sent (None: nothing could be) and what came of it. `send`: carries one request."""
    if isinstance(request, AddressTooLarge):
        return None, Exchange(now_ms(), fault="too_large", detail=str(request), facts=request.facts)
    policy = current_app.config["SETTINGS"].outbound_policy()
    if not target.credential_fits:
        return None, refused_exchange(not_named(target.url))
    if target.oauth_credential is None:
        return request, send(request, policy)
    return send_with_token(request, target.oauth_credential, token_store(), policy, send)
