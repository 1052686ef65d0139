"""Create, change, move, delete a record: its row, its events and the audit entry in one transaction (D5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.audit import actions, subject
from app.audit.differences import detail
from app.audit.subject import Subject
from app.catalogue import RecordKind
from app.catalogue.record_kind import CreationEvent
from app.core.acting import acting
from app.core.actor import Actor
from app.core.errors import Conflict, Invalid
from app.core.exact_json import dumps
from app.core.ids import new_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Record
from app.services.auditing import note
from app.services.events.publishing import publish_in
from app.services.records import authors, links
from app.services.records.authors import Author
from app.services.records.checking import checked, is_empty, missing, unknown_stage
from app.services.records.describing import describe
from app.services.records.finding import deleted_record, kind_named, live_record
from app.services.records.happenings import (
    RecordHappening,
    brought_along,
    changed_fields,
    on_change,
    on_creation,
)
from app.services.records.numbers import next_own_ids
from app.services.records.shape import as_shown

Values = dict[str, Any]
LONGEST_KEPT = 500  # of a text in the audit: what was changed can be read, a novel is not kept twice


class New(NamedTuple):
    """A record that somebody wants made. `values`: as `checked` returns them."""

    kind: str
    values: Values
    actor: Actor


def create(space_id: str, kind: str, values: Mapping[str, Any], actor: Actor | None = None) -> Record:
    """A new record, with its event. Raises `NotFound` (unknown kind) and `Invalid`."""
    given = checked(kind_named(kind), values, new=True)
    return create_together(space_id, [New(kind, given, actor or acting())])[0]


def create_together(space_id: str, wanted: Sequence[New]) -> list[Record]:
    """New records, in order, and their events; all or none. Raises what `create` does."""
    made, items = [], []
    with transaction() as session:
        own_ids = _own_ids(session, space_id, wanted)
        for one in wanted:
            found = kind_named(one.kind)
            author = authors.author_of(session, space_id, one.actor)
            record = _added(session, space_id, found, next(own_ids[one.kind]), one.values, author)
            items += _items(record, found, author, on_creation(found, record.values))
            _publish_for_parent(session, record, found, author)
            _note(session, record, actions.CREATED, one.actor)
            made.append(record)
        if items:
            publish_in(session, space_id, items)
    return made


def _own_ids(session: Session, space_id: str, wanted: Sequence[New]) -> dict[str, Iterator[str]]:
    """By kind the ids of the new ones. In the order of the kinds: two who do this never wait for each other."""
    counts = Counter(one.kind for one in wanted)
    return {
        kind: iter(next_own_ids(session, space_id, kind_named(kind), counts[kind])) for kind in sorted(counts)
    }


def _added(
    session: Session, space_id: str, kind: RecordKind, own_id: str, given: Values, author: Author
) -> Record:
    """The row, with its id at once: rows are written together at the end, and what names it must know it before."""
    new = _completed(session, space_id, kind, _from_parts(kind, given), given, author)
    record = Record(id=new_id("rec"), space_id=space_id, kind=kind.key, own_id=own_id)
    record.created_at = record.updated_at = utc_now()
    record.version = 1
    _write(record, kind, {**new, **brought_along(kind, {}, new, author)})
    session.add(record)
    links.keep_links(session, record, kind, record.values, new=True)
    return record


def update(
    space_id: str,
    kind: str,
    id: str | int,
    values: Mapping[str, Any],
    actor: Actor | None = None,
    version: int | None = None,
) -> Record:
    """Change the fields that `values` names. `version`: the one that the change was made from, if it matters.

    Nothing changes, and nothing is published, where the values are what they were. Raises `NotFound`, `Invalid`,
    `Conflict` ("changed_meanwhile").
    """
    found = kind_named(kind)
    given = checked(found, values)
    with transaction() as session:
        record = _locked(session, space_id, kind, id, version)
        author = authors.author_of(session, space_id, actor or acting())
        before = record.values
        after = _completed(session, space_id, found, {**before, **given}, given, author, new=False)
        changed = changed_fields(found, before, after)
        if changed:
            after |= _changer(found, author) | brought_along(found, before, after, author)
            _write(record, found, after)
            _touch(record)
            links.keep_links(session, record, found, after, new=False)
            _publish(session, record, found, author, on_change(found, before, record.values, changed))
            _note(session, record, actions.EDITED, actor, [(n, before.get(n), after.get(n)) for n in changed])
        return record


def move_stage(
    space_id: str,
    kind: str,
    id: str | int,
    stage: str | int,
    actor: Actor | None = None,
    version: int | None = None,
) -> Record:
    """Move a record to another stage. Raises what `update` does; `Invalid` says which stages there are."""
    found = kind_named(kind)
    if found.stages is None:
        raise Invalid([unknown_stage(found, stage)])
    return update(space_id, kind, id, {found.stages.field: stage}, actor, version)


def delete(
    space_id: str, kind: str, id: str | int, actor: Actor | None = None, version: int | None = None
) -> Record:
    """Delete a record; it can be restored. Raises `NotFound` and `Conflict` ("changed_meanwhile")."""
    found = kind_named(kind)
    with transaction() as session:
        record = _locked(session, space_id, kind, id, version)
        author = authors.author_of(session, space_id, actor or acting())
        _write(record, found, {**record.values, **_changer(found, author)})
        _touch(record)
        record.deleted_at = record.updated_at
        session.flush()
        _publish(session, record, found, author, _one(found.events.deleted))
        _note(session, record, actions.DELETED, actor)
        return record


def restore(space_id: str, kind: str, id: str | int, actor: Actor | None = None) -> Record:
    """Undo a deletion. Receivers that deleted it too get it as a new one. Raises `NotFound`."""
    found = kind_named(kind)
    with transaction() as session:
        record = deleted_record(session, space_id, kind, id)
        author = authors.author_of(session, space_id, actor or acting())
        record.deleted_at = None
        _touch(record)
        session.flush()
        made = found.events.created
        _publish(session, record, found, author, _one(made if isinstance(made, str) else None))
        _note(session, record, actions.RESTORED, actor)
        return record


def _locked(session: Session, space_id: str, kind: str, id: str | int, version: int | None) -> Record:
    record = live_record(session, space_id, kind, id, lock=True)
    if version is not None and record.version != version:
        said = _("Somebody changed this record while you were editing it. Look at it again before you save.")
        raise Conflict("changed_meanwhile", said)
    return record


def _completed(
    session: Session,
    space_id: str,
    kind: RecordKind,
    values: Values,
    given: Values,
    author: Author,
    new: bool = True,
) -> Values:
    """All values of the record: with names of what it links to and, of a new one, stage and author."""
    if new:
        values = {**_beginning(kind, author), **values}
    errors = missing(kind, values)
    if errors:
        raise Invalid(errors)
    return links.with_labels(session, space_id, kind, values, given)


def _beginning(kind: RecordKind, author: Author) -> Values:
    by = {n: authors.named(author, field) for n, field in kind.fields.items() if field.filled == "creator"}
    first = kind.stages.first if kind.stages else None
    return {**by, **({kind.stages.field: first.value} if kind.stages and first else {})}


def _from_parts(kind: RecordKind, given: Values) -> Values:
    """With texts that are made of others where they were left out: the name of a contact."""
    made = {
        name: " ".join(str(given[part]) for part in field.from_.split() if given.get(part))
        for name, field in kind.fields.items()
        if field.from_ and not given.get(name)
    }
    return {**given, **{name: text for name, text in made.items() if text}}


def _changer(kind: RecordKind, author: Author) -> Values:
    return {n: authors.named(author, field) for n, field in kind.fields.items() if field.filled == "changer"}


def _write(record: Record, kind: RecordKind, values: Values) -> None:
    """Keep what is not empty, and the columns that lists need."""
    kept = {name: value for name, value in values.items() if not is_empty(kind, name, value)}
    record.data = dumps(kept)
    describe(record, kind, kept)


def _touch(record: Record) -> None:
    record.version += 1
    record.updated_at = utc_now()


def _one(event: str | None) -> list[RecordHappening]:
    return [RecordHappening(event)] if event else []


def _publish(
    session: Session, record: Record, kind: RecordKind, author: Author, happenings: Iterable[RecordHappening]
) -> None:
    if items := _items(record, kind, author, happenings):
        publish_in(session, record.space_id, items)


def _items(
    record: Record, kind: RecordKind, author: Author, happenings: Iterable[RecordHappening]
) -> list[dict[str, Any]]:
    """What is published of these."""
    project = as_shown(record).get("project_id") if "project_id" in kind.fields else None
    return [
        {
            "type": one.type,
            "data": as_shown(record, one.also),
            "object_id": record.own_id,
            "project_id": str(project) if project else None,
            "actor_id": str(author.number),
        }
        for one in happenings
    ]


def _publish_for_parent(session: Session, record: Record, kind: RecordKind, author: Author) -> None:
    """An image of a job is an event of the job: its data, with the image as a part."""
    made = kind.events.created
    if not isinstance(made, CreationEvent) or not made.of or not made.event:
        return
    to = str(kind.fields[made.of].to)
    parent = live_record(session, record.space_id, to, str(record.values[made.of]), lock=True)
    _touch(parent)
    session.flush()
    part = {name: value for name, value in as_shown(record).items() if name != made.of}
    _publish(session, parent, kind_named(to), author, [RecordHappening(made.event, {str(made.as_): part})])


def _note(
    session: Session,
    record: Record,
    action: str,
    actor: Actor | None,
    changes: Iterable[tuple[str, Any, Any]] = (),
) -> None:
    details = [detail("record.name", record.label, record.label)] if action == actions.DELETED else []
    details += [detail(name, _kept(before), _kept(after)) for name, before, after in changes]
    note(session, record.space_id, action, Subject(subject.RECORD, record.id), details, by=actor)


def _kept(value: Any) -> Any:
    """What the audit keeps of a value: as text, at most so long."""
    if value is None or isinstance(value, bool):
        return value
    text = value if isinstance(value, str) else dumps(value).decode()
    return text[:LONGEST_KEPT]
