"""What a change of a record means: the events that it causes, and the values that it brings along.

The rules stand in the catalogue (`RecordKind.events`, `Stages`); here they are applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.catalogue import ChangeEvent, RecordKind
from app.core.times import now_ms
from app.services.records.authors import Author

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RecordHappening:
    """One event of a record: its type and what its data has over the record's own values."""

    type: str
    also: dict[str, Any] = field(default_factory=dict)


def value_of(kind: RecordKind, values: Values, name: str) -> Any:
    """The value of a field, its empty one if nothing is set."""
    return values.get(name, kind.fields[name].empty)


def changed_fields(kind: RecordKind, before: Values, after: Values) -> list[str]:
    """The fields that people and programs may set, and that are not what they were."""
    return [n for n in kind.writable if value_of(kind, before, n) != value_of(kind, after, n)]


def brought_along(kind: RecordKind, before: Values, after: Values, author: Author) -> dict[str, Any]:
    """What else is set: by the stage that a record came to, and by the rules that its change fulfils."""
    stage = kind.stages.get(after.get(kind.stages.field)) if kind.stages else None
    moved = kind.stages and value_of(kind, before, kind.stages.field) != value_of(
        kind, after, kind.stages.field
    )
    sets: list[tuple[dict[str, Any], ChangeEvent | None]] = [(stage.sets, None)] if stage and moved else []
    sets += [(rule.sets, rule) for rule in kind.events.when if _fulfilled(rule, kind, before, after)]
    found: dict[str, Any] = {}
    for wanted, rule in sets:
        for name, given in wanted.items():
            if not (str(given).endswith("_once") and value_of(kind, before, name) != kind.fields[name].empty):
                found[name] = _meant(given, author, after, rule)
    return found


def on_creation(kind: RecordKind, values: Values) -> list[RecordHappening]:
    """The events of a new record, apart from those that belong to another one (`Created.of`)."""
    made = kind.events.created
    if isinstance(made, str):
        found = [RecordHappening(made)]
    else:
        found = [RecordHappening(made.events[values[made.by]])] if made and made.by else []
    rules = (rule for rule in kind.events.when if rule.on_create and _fulfilled(rule, kind, {}, values))
    return [*found, *(RecordHappening(rule.event) for rule in rules)]


def on_change(
    kind: RecordKind, before: Values, after: Values, changed: Iterable[str]
) -> list[RecordHappening]:
    """The events of a change: those of the rules that it fulfils, and "changed" for all that no rule speaks of."""
    left = list(changed)
    found = []
    for rule in kind.events.when:
        if rule.field in left and _fulfilled(rule, kind, before, after):
            found.append(RecordHappening(rule.event, _also(rule, kind, before, after)))
    spoken_of = {
        n for r in kind.events.when if _fulfilled(r, kind, before, after) for n in (r.field, *r.with_)
    }
    if kind.events.changed and set(left) - spoken_of:
        found.insert(0, RecordHappening(kind.events.changed))
    return found


def _also(rule: ChangeEvent, kind: RecordKind, before: Values, after: Values) -> dict[str, Any]:
    old, new = value_of(kind, before, rule.field), value_of(kind, after, rule.field)
    return {name: value for name, value in ((rule.old_as, old), (rule.new_as, new)) if name}


def _fulfilled(rule: ChangeEvent, kind: RecordKind, before: Values, after: Values) -> bool:
    old, new = value_of(kind, before, rule.field), value_of(kind, after, rule.field)
    if (
        old == new
        or new == kind.fields[rule.field].empty
        and rule.leaves is None
        and not _may_be_emptied(rule)
    ):
        return False
    if rule.all_have:
        return _all_have(new, rule.all_have) and not _all_have(old, rule.all_have)
    if rule.becomes is not None:
        return bool(new == rule.becomes)
    return bool(old == rule.leaves) if rule.leaves is not None else True


def _may_be_emptied(rule: ChangeEvent) -> bool:
    """A status taken away is a change of status; a link that was never clicked is no click."""
    return rule.old_as is not None or not rule.event.startswith("campaign.email.")


def _all_have(rows: Any, part: str) -> bool:
    return bool(rows) and all(row.get(part) for row in rows)


def _meant(given: Any, author: Author, after: Values, rule: ChangeEvent | None) -> Any:
    """A value of `sets`, with what stands for the actor and the moment put in."""
    match str(given).removesuffix("_once"):
        case "$actor":
            return author.number
        case "$actor_text":
            return str(author.number)
        case "$now":
            return now_ms() // 1000
        case "$latest" if rule and rule.all_have:
            return max(row[rule.all_have] for row in after[rule.field])
    return given
