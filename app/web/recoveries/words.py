"""Resend jobs in words: the badge of a state, numbers, what ended it, how long it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.times import utc_now
from app.models import Recovery
from app.models.recovery import (
    BY_FAILURES,
    BY_PERSON,
    FAILED,
    FINISHED,
    HELD,
    MOST_FAILURES_IN_A_ROW,
    NEVER_SENT,
    PAUSED,
    RUNNING,
    STOPPED,
    STOPPING,
    WEBHOOK_DELETED,
    WEBHOOK_OFF,
)
from app.web.times import about, clock
from app.web.words import Badge

_BADGES = {
    RUNNING: Badge(_l("Running"), "wait", "clock"),
    STOPPING: Badge(_l("Stopping"), "wait", "clock"),
    STOPPED: Badge(_l("Stopped"), "off", "stop"),
    PAUSED: Badge(_l("Stopped by itself"), "bad", "stop"),
    FINISHED: Badge(_l("Finished"), "ok", "check"),
}
_WHICH = {FAILED: _l("failed"), HELD: _l("waited"), NEVER_SENT: _l("never sent")}
# Too few outcomes say nothing of the pace.
_ENOUGH_FOR_A_PACE = 3


def recovery_badge(recovery: Recovery) -> Badge:
    """The badge of its state. One that finished with failures says so by its colour."""
    if recovery.state == FINISHED and recovery.failed:
        return Badge(_("Finished, some failed"), "warn", "warn")
    return _BADGES[recovery.state]


def progress_words(recovery: Recovery) -> str:
    """`412 of 1,284 · 3 failed · 12 skipped`."""
    parts = [_("%(done)s of %(all)s", done=f"{recovery.sent:,}", all=f"{recovery.to_send:,}")]
    if recovery.failed:
        parts.append(ngettext("%(n)s failed", "%(n)s failed", recovery.failed, n=f"{recovery.failed:,}"))
    if recovery.skipped:
        parts.append(ngettext("%(n)s skipped", "%(n)s skipped", recovery.skipped, n=f"{recovery.skipped:,}"))
    return " · ".join(parts)


def decile(recovery: Recovery) -> int:
    """How many tenths are done: each is announced once."""
    return 10 if not recovery.to_send else recovery.sent * 10 // recovery.to_send


def which_words(which: Sequence[str]) -> str:
    """The kinds in words: `failed or waited`."""
    return _(" or ").join(str(_WHICH[one]) for one in which)


def moment_words(moment: datetime | None) -> str:
    """A moment in a sentence; empty if there is none."""
    return clock(moment) if moment else ""


def estimate_words(seconds: int) -> str:
    """`It takes about 4 minutes.`"""
    if seconds < 30:
        return _("It takes less than half a minute.")
    return _("It takes about %(time)s.", time=about(timedelta(seconds=seconds)))


def time_left(recovery: Recovery) -> str:
    """How long it still takes at the pace so far; empty while that is not known."""
    if recovery.state != RUNNING or recovery.sent < _ENOUGH_FOR_A_PACE:
        return ""
    left = recovery.to_send - recovery.sent
    seconds = (utc_now() - recovery.created_at).total_seconds() / recovery.sent * left
    return _("About %(time)s left.", time=about(timedelta(seconds=max(1, seconds))))


def end_sentences(recovery: Recovery) -> list[str]:
    """What came of it, once it has ended."""
    if recovery.is_under_way:
        return []
    return [sentence for sentence in (_why_ended(recovery), *_outcome(recovery)) if sentence]


def _why_ended(recovery: Recovery) -> str:
    reasons = {
        BY_FAILURES: _("It stopped by itself after %(n)s failures in a row.", n=MOST_FAILURES_IN_A_ROW),
        WEBHOOK_OFF: _("It stopped because the webhook is no longer on."),
        WEBHOOK_DELETED: _("It stopped because the webhook was deleted."),
        BY_PERSON: _("It was stopped. What was left is as it was before."),
    }
    return reasons.get(recovery.stop_reason or "", "")


def _outcome(recovery: Recovery) -> list[str]:
    delivered = ngettext(
        "%(n)s event was delivered.",
        "%(n)s events were delivered.",
        recovery.succeeded,
        n=f"{recovery.succeeded:,}",
    )
    failed = ngettext("%(n)s failed.", "%(n)s failed.", recovery.failed, n=f"{recovery.failed:,}")
    skipped = ngettext(
        "%(n)s was skipped, because it was delivered or is being sent already.",
        "%(n)s were skipped, because they were delivered or are being sent already.",
        recovery.skipped,
        n=f"{recovery.skipped:,}",
    )
    if NEVER_SENT in recovery.which:
        skipped = ngettext(
            "%(n)s was skipped: delivered already, or not wanted by the webhook’s conditions.",
            "%(n)s were skipped: delivered already, or not wanted by the webhook’s conditions.",
            recovery.skipped,
            n=f"{recovery.skipped:,}",
        )
    return [delivered, failed if recovery.failed else "", skipped if recovery.skipped else ""]
