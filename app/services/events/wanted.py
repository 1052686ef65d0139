"""Which webhooks want which events of a call: judged before anything is locked, and kept until it is stored.

Conditions are a stranger's work over a stranger's data, so they are never judged under a lock. What was judged counts
for the very text of conditions and projects that it was judged by: of a webhook that was changed in between it counts
for nothing.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from app.ledger.store import WantedRow
from app.models.condition import conditions_from, why_not_wanted
from app.models.delivery import HELD, PENDING
from app.models.field_values import EventFields
from app.models.webhook import ON
from app.services.events.schema import CheckedEvent

MOST_KEPT = 500
LARGEST_KEPT = 32 * 1024


class Recipient(NamedTuple):
    """A webhook that gets an event; `status`: of its delivery, pending or held."""

    webhook_id: str
    status: str
    ordered: bool


class NotJudged(Exception):
    """There are conditions that were not judged yet. `rows`: all webhooks that have some."""

    def __init__(self, rows: Sequence[WantedRow]) -> None:
        super().__init__(f"Not all conditions of {len(rows)} webhooks were judged yet.")
        self.rows = rows


class RulesSeen:
    """Conditions that were seen lately, so that most calls are judged before their only transaction.

    A hint and no more: what is stored follows from the rows that the transaction itself reads. Bounded in bytes.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, frozenset[str]], tuple[WantedRow, ...]] = OrderedDict()
        self._turn = threading.Lock()

    def of(self, space_id: str, types: frozenset[str]) -> tuple[WantedRow, ...]:
        """The webhooks with conditions that were seen for these event types."""
        return self._seen.get((space_id, types), ())

    def keep(self, space_id: str, types: frozenset[str], rows: Sequence[WantedRow]) -> None:
        """Remember them in place of what was there."""
        large = sum(len(row.projects) + len(row.conditions) for row in rows) > LARGEST_KEPT
        with self._turn:
            self._seen.pop((space_id, types), None)
            if not large:
                self._seen[space_id, types] = tuple(rows)
            while len(self._seen) > MOST_KEPT:
                self._seen.popitem(last=False)


class Verdicts:
    """Who wants the events of one call. Made once for it, however often its transaction is tried."""

    def __init__(self, checked: Sequence[CheckedEvent]) -> None:
        self._by_type: dict[str, list[CheckedEvent]] = defaultdict(list)
        for c in checked:
            self._by_type[c.item.type].append(c)
        self._fields: dict[int, EventFields] = {}
        self._wanted: dict[tuple[str, str, str], set[int]] = {}

    def receivers(self, rows: Iterable[WantedRow]) -> dict[int, list[Recipient]]:
        """By `id()` of an event who gets it, of these webhooks. Raises `NotJudged`, and does no work to speak of."""
        rows = list(rows)
        unknown = [row for row in rows if not _is_for_all(row) and _rules(row) not in self._wanted]
        if any(row.conditions != "[]" for row in unknown):
            raise NotJudged([row for row in rows if row.conditions != "[]"])
        if unknown:
            self.judge(unknown)  # by projects alone, which is no work
        found = defaultdict(list)
        for row in rows:
            receiver = Recipient(row.webhook_id, PENDING if row.state == ON else HELD, bool(row.ordered))
            wanted = None if _is_for_all(row) else self._wanted[_rules(row)]
            for c in self._by_type[row.event_type]:
                if wanted is None or id(c) in wanted:
                    found[id(c)].append(receiver)
        return found

    def judge(self, rows: Iterable[WantedRow]) -> None:
        """Judge the conditions of these webhooks; may take a while, so hold nothing."""
        for row in rows:
            if _rules(row) in self._wanted:
                continue
            projects, conditions = json.loads(row.projects), conditions_from(json.loads(row.conditions))
            self._wanted[_rules(row)] = {
                id(c)
                for c in self._by_type[row.event_type]
                if why_not_wanted(projects, conditions, c.item.project_id, self._fields_of(c)) is None
            }

    def _fields_of(self, c: CheckedEvent) -> EventFields:
        if id(c) not in self._fields:
            self._fields[id(c)] = EventFields(c.item.data)
        return self._fields[id(c)]


def _is_for_all(row: WantedRow) -> bool:
    return row.projects == "[]" and row.conditions == "[]"


def _rules(row: WantedRow) -> tuple[str, str, str]:
    return row.event_type, row.projects, row.conditions
