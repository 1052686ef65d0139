"""Calls that make a record, stored together: those that come at the same moment are one transaction.

Whatever is not as it should be with one of them is left to the usual way, which answers it and logs it. What a call is
in a group, is what it is alone: rights read at this moment, its record, its events, the audit, its line in the log.
"""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from app.core.actor import Actor
from app.core.exact_json import dumps
from app.core.transaction import transaction
from app.services import records
from app.services.incoming.addresses import KnownAddress
from app.services.incoming.admission import NotAdmitted, admit, allow
from app.services.incoming.calls import ArrivedCall, note_call
from app.services.incoming.rate import rate
from app.services.incoming.rights import Caller, actor_of, caller_with
from app.services.incoming.tools import IncomingTool

METHOD, MADE = "POST", 201
# So long that what must be written comes to some milliseconds, for which others wait to write.
MOST_CALLS = 50
# After a group of several, as many are likely to come again as soon as they are answered: so long they are waited for.
# A group costs five times what one more call in it does.
COMPANY_S = 0.002


@dataclass(eq=False, slots=True)
class NewRecord:
    """A call that makes a record of a kind. `values` passed the checks of the kind.

    rate_kept: it was counted, so that the usual way must not count it again.
    """

    token: str
    address: KnownAddress
    tool: IncomingTool
    kind: str
    values: dict[str, Any]
    call: ArrivedCall
    rate_kept: bool = False


class _Admitted(NamedTuple):
    webhook_id: str
    space_id: str
    actor: Actor
    call: ArrivedCall


class RecordGroups:
    """One thread that stores whatever waits, again and again. Safe to use from many threads."""

    def __init__(self, app: Flask, answer: Callable[[list[tuple[NewRecord, bytes | None]]], None]) -> None:
        """`answer` hears of a group after its commit: the JSON of each new record; None: it goes the usual way."""
        self._app, self._answer = app, answer
        self._waiting: deque[NewRecord] = deque()
        self._changed = threading.Condition()
        self._together = 0
        threading.Thread(target=self._run, name="records", daemon=True).start()

    def submit(self, new: NewRecord) -> None:
        """Have it stored."""
        with self._changed:
            self._waiting.append(new)
            self._changed.notify()

    def _run(self) -> None:
        while True:
            group = self._next_group()
            with self._app.app_context():
                made = store_group(group)
            self._answer([(new, made.get(new)) for new in group])

    def _next_group(self) -> list[NewRecord]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            if self._together > 1:
                self._changed.wait_for(lambda: len(self._waiting) >= self._together, COMPANY_S)
            self._together = min(len(self._waiting), MOST_CALLS)
            return [self._waiting.popleft() for _ in range(self._together)]


def store_group(group: Sequence[NewRecord]) -> dict[NewRecord, bytes]:
    """Store the records of a group, and what comes of them; the JSON of each. Those that are missing were not stored.

    It never raises: a fault of one must not end the thread. Needs an app context.
    """
    _keep_rates(group)  # before anything is held
    return _stored([new for new in group if new.rate_kept])


def _keep_rates(group: Sequence[NewRecord]) -> None:
    """Find out which do not come too fast. All of one incoming webhook are counted at once."""
    left = {
        address: rate().take(*address, calls)
        for address, calls in Counter(new.address for new in group).items()
    }
    for new in group:
        left[new.address] -= 1
        new.rate_kept = left[new.address] >= 0


def _stored(group: Sequence[NewRecord]) -> dict[NewRecord, bytes]:
    """If one of them fails, the group is halved until that one is alone."""
    try:
        return _together(group) if group else {}
    except (OperationalError, InterfaceError):
        return {}
    except Exception:  # noqa: BLE001 (the usual way finds out what it is, and says it)
        if len(group) == 1:
            return {}
        half = len(group) // 2
        return _stored(group[:half]) | _stored(group[half:])


def _together(group: Sequence[NewRecord]) -> dict[NewRecord, bytes]:
    made: dict[NewRecord, bytes] = {}
    with transaction() as session:
        admitted = _admitted(group)
        # In one order everywhere: two web processes never wait for each other's counters.
        in_order = sorted(admitted, key=lambda new: admitted[new].space_id)
        for space_id, some in groupby(in_order, key=lambda new: admitted[new].space_id):
            news = list(some)
            wanted = [records.New(new.kind, new.values, admitted[new].actor) for new in news]
            rows = records.create_together(space_id, wanted)
            made |= {new: dumps(records.as_shown(row)) for new, row in zip(news, rows, strict=True)}
        for by in admitted.values():
            note_call(session, by.webhook_id, by.call, MADE)
    return made


def _admitted(group: Sequence[NewRecord]) -> dict[NewRecord, _Admitted]:
    """Who may come in, and whom they act for. One look for each address and tool, at this moment."""
    callers = {
        (token, tool): caller_with(token, tool)
        for token, tool in {(new.token, new.tool.key) for new in group}
    }
    found = ((new, _admit(new, callers[new.token, new.tool.key])) for new in group)
    return {new: by for new, by in found if by is not None}


def _admit(new: NewRecord, caller: Caller | None) -> _Admitted | None:
    """None: it is refused, or a service of the host gets it."""
    if caller is None or caller.service is not None:
        return None
    webhook, address = caller.webhook, new.call.from_address
    try:
        admit(caller, address)
        allow(caller, new.tool, METHOD)
    except NotAdmitted:
        return None
    call = replace(new.call, last_used_at=webhook.last_used_at)
    return _Admitted(webhook.id, webhook.space_id, actor_of(caller, address), call)
