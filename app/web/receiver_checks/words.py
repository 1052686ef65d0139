"""What checks are called on screen."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.models import ReceiverCheck
from app.models.receiver_check import BAD, DAILY, GOOD, INFO, NEVER, SKIPPED, WARN, WEEKLY
from app.services.receiver_checks.words import CardLine, card_line
from app.web.words import Badge

_MARKS = {
    BAD: Badge(_l("Does not work"), "bad", "cross"),
    WARN: Badge(_l("Should change"), "warn", "warn"),
    GOOD: Badge(_l("Right"), "ok", "check"),
    INFO: Badge(_l("Good to know"), "off", "circle"),
    SKIPPED: Badge(_l("Not known"), "off", "circle"),
}

_WHOLE = {
    BAD: Badge(_l("Does not work"), "bad", "cross"),
    WARN: Badge(_l("Needs changes"), "warn", "warn"),
    GOOD: Badge(_l("All is well"), "ok", "check"),
}


def mark_badge(mark: str) -> Badge:
    """The badge of one line."""
    return _MARKS[mark]


def check_badge(check: ReceiverCheck) -> Badge:
    """The badge of a whole check."""
    if not check.is_done:
        return Badge(_("Under way"), "wait", "clock")
    return _WHOLE[check.mark] if check.mark else Badge(_("Not carried out"), "off", "circle")


def card_of(check: ReceiverCheck) -> Sequence[CardLine]:
    """The lines in words, what needs somebody first."""
    lines = [card_line(line) for line in check.lines]
    rank = list(_MARKS)
    return sorted(lines, key=lambda line: rank.index(line.mark))


def summary(check: ReceiverCheck) -> str:
    """How many lines need somebody."""
    marks = [line["mark"] for line in check.lines]
    needed = sum(mark in (BAD, WARN) for mark in marks)
    if not needed:
        return _("Nothing needs to change.")
    return ngettext("%(num)s thing should change.", "%(num)s things should change.", needed)


def schedule_choices() -> list[tuple[int, str]]:
    """(days, words) of how often a receiver may be checked by itself."""
    return [(NEVER, _("Only when somebody asks")), (DAILY, _("Every day")), (WEEKLY, _("Every week"))]
