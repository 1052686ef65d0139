"""Run the checks of receivers that were asked for, and look at certificates now and then (C12)."""

from __future__ import annotations

import logging
import threading

from flask import current_app
from flask.ctx import AppContext

from app.core.extensions import db
from app.maintenance.step import Turn
from app.services.receiver_checks import asking, certificates, running

# So many checks at once in a worker, and one of each space: a space whose receivers are slow holds up itself alone.
AT_ONCE = 8

log = logging.getLogger(__name__)


class _RunningChecks:
    """The checks that this worker runs, each in a thread of its own, as each waits for a receiver."""

    def __init__(self) -> None:
        self._spaces: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin what may begin now."""
        with self._lock:
            free = AT_ONCE - len(self._spaces)
            found = running.runnable(self._spaces, free) if free > 0 else []
            self._spaces.update(space_id for _check_id, space_id in found)
        app = current_app._get_current_object()  # type: ignore[attr-defined]
        for check_id, space_id in found:
            run = threading.Thread(
                target=self._run, args=(app.app_context(), check_id, space_id), name=check_id, daemon=True
            )
            run.start()

    def _run(self, context: AppContext, check_id: str, space_id: str) -> None:
        try:
            with context:
                running.run(check_id)
        except Exception:  # whatever it is: the check is found again when its lease ends
            log.exception("The check %s failed; it is run again later", check_id)
        finally:
            with self._lock:
                self._spaces.discard(space_id)


_under_way = _RunningChecks()


def run_receiver_checks(_turn: Turn) -> bool:
    """Order what the schedules say, and begin what waits. Nothing is waited for here."""
    if asking.anything_scheduled():
        asking.order_scheduled()
    _under_way.start()
    db.session.rollback()
    return False


def look_at_certificates(turn: Turn) -> bool:
    """Look at those that are due, many at once. Waits for their receivers."""
    return certificates.look_at_due() >= certificates.AT_ONCE and not turn.stopping()
