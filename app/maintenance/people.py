"""Tell people: notice what there is to tell, and hand over the mail that is due."""

from __future__ import annotations

from app.maintenance.step import Turn
from app.services.alerts import digests, mail, notices


def look_for_notices(turn: Turn) -> bool:
    """Write the notices that are due, with their mail. Nothing is handed over here."""
    return notices.look() >= notices.AT_ONCE and not turn.stopping()


def hand_over_mail(turn: Turn) -> bool:
    """Hand over what is due. Waits for the mail server."""
    mail.send_due(turn.stopping)
    return False


def write_digests(turn: Turn) -> bool:
    """Write the daily digests that are due. Nothing is handed over here."""
    return digests.write_due() >= digests.AT_ONCE and not turn.stopping()
