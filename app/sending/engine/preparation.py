"""From rows of settings to targets, one webhook at a time: what is wrong with one harms no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.ledger.leases.opening import Ledger, is_temporary
from app.models.retry_schedule import check_schedule
from app.sending.failures.success_rules import ANY_2XX, RULES
from app.sending.message.layout import Layout
from app.sending.message.sender_identity import SenderIdentity
from app.sending.message.target import Target, parsed, target_from

LONGEST_KEPT_URL = 2000
STANDARD_TIMEOUT_MS = 30_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """Targets by webhook, and of those that could not be made why not (a stand-in is among the targets)."""

    targets: dict[str, Target] = field(default_factory=dict)
    broken: dict[str, Exception] = field(default_factory=dict)


def prepare(
    ledger: Ledger, ids: Sequence[str], decrypt: Callable[[str], str], sender_identity: SenderIdentity | None
) -> Prepared:
    """Read these webhooks and make their targets. A webhook without a row is in neither part of the answer.

    Raises what the database raises while it is away.
    """
    prepared = Prepared()
    for row in ledger.webhooks(ids):
        webhook_id = row["id"]
        try:
            prepared.targets[webhook_id] = _target(row, decrypt, sender_identity)
        except Exception as error:  # noqa: BLE001 (whatever it is, it is this webhook's alone)
            _set_aside(prepared, stand_in(row), error)
    _keep_templates(ledger, prepared)
    return prepared


def _target(
    row: Mapping[str, Any], decrypt: Callable[[str], str], sender_identity: SenderIdentity | None
) -> Target:
    """What is looked at only after the message is on its way must be right before."""
    if row["success_rule"] not in RULES:
        raise ValueError("There is no such success rule.")
    return target_from(row, decrypt, sender_identity)


def stand_in(row: Mapping[str, Any]) -> Target:
    """A target that cannot be sent to: as much of a webhook as its failed attempts need to be recorded.

    Nothing in it was decrypted or checked, so nothing in it may raise.
    """
    return Target(
        webhook_id=row["id"],
        version=row["version"],
        space_id=row["space_id"],
        url=str(row["url"] or "")[:LONGEST_KEPT_URL],
        method=str(row["method"] or "POST")[:8],
        layout=Layout("standard"),
        oauth_credential=None,
        credential_fits=True,
        keys=(),
        success_rule=ANY_2XX,
        timeout_ms=STANDARD_TIMEOUT_MS,
        schedule=_schedule(row),
        scrub=None,
        layout_scrub=None,
        before=(),
        after=(),
        lines=None,
        request_template=None,
    )


def _schedule(row: Mapping[str, Any]) -> tuple[int, ...]:
    """Retries as the webhook says, so that what is mended meanwhile goes out by itself; none if it is unreadable."""
    try:
        return check_schedule(parsed(row["retry_schedule"]))
    except ValueError:
        return ()


def _keep_templates(ledger: Ledger, prepared: Prepared) -> None:
    """Store the request templates together; if that fails, each by itself."""
    targets = [target for target in prepared.targets.values() if target.request_template]
    try:
        ledger.store_request_templates(
            [target.request_template for target in targets if target.request_template]
        )
    except Exception as error:
        if is_temporary(error):
            raise
        for target in targets:
            _keep_template(ledger, prepared, target)


def _keep_template(ledger: Ledger, prepared: Prepared, target: Target) -> None:
    try:
        ledger.store_request_templates([target.request_template] if target.request_template else [])
    except Exception as error:
        if is_temporary(error):
            raise
        _set_aside(prepared, replace(target, request_template=None), error)


def _set_aside(prepared: Prepared, target: Target, error: Exception) -> None:
    prepared.targets[target.webhook_id] = target
    prepared.broken[target.webhook_id] = error
