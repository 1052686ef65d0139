"""What to do about a webhook and who must do it: the one answer that page, mail and API give."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask_babel import gettext as _

from app.models import Webhook
from app.models.webhook import GONE, STOPPED, UNCONFIRMED
from app.sending.failures.diagnosis import Explanation, explain
from app.sending.failures.reasons import NOBODY


def why_stopped(webhook: Webhook, held: int) -> Explanation:
    """Why we turned it off; `held`: how many of its events wait."""
    if webhook.state_reason == GONE:
        return explain("http_410", {"host": urlsplit(webhook.url).hostname}, _)
    return explain("stopped", {"n": webhook.lane.failures_in_a_row, "m": held}, _)


def next_step_of(
    webhook: Webhook, reason: Explanation | None, held: int, waiting: Explanation | None = None
) -> Explanation | None:
    """The next step and who; None if there is nothing to do.

    `reason`: why its last attempt failed, if it did. `waiting`: what its receiver must confirm, if it must.
    A webhook that we turned off does not try again by itself, so "we try again" is no answer there.
    """
    if webhook.status == UNCONFIRMED:
        return waiting
    if webhook.state != STOPPED:
        return reason
    state = why_stopped(webhook, held)
    if reason is None or reason.who == NOBODY or webhook.state_reason == GONE:
        return state
    return reason._replace(next=f"{reason.next} {state.next}")
