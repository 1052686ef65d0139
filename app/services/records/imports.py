"""Records from a CSV file (D5): uploaded, columns chosen, then made in steps by the maintenance.

A line becomes a record in one transaction with the note that it is done: an import that is killed goes on with the
next line, and no line is imported twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit import actions, subject
from app.audit.differences import detail
from app.audit.subject import Subject
from app.catalogue import Field, RecordKind
from app.core.actor import PERSON, Actor
from app.core.errors import FieldError, Invalid, NotFound
from app.core.exact_json import loads
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import Membership, RecordImport
from app.models.record import manage_permission
from app.queries.spaces import in_use
from app.services.auditing import note
from app.services.portal.visits import actor_going_on
from app.services.records.csv_file import lines_of, read_csv
from app.services.records.finding import kind_named
from app.services.records.saving import create

MAPPING, RUNNING, DONE, STOPPED = "mapping", "running", "done", "stopped"
MOST_FAULTS = 100
PREVIEW = 5
AT_ONCE = 25
TAKEN = (
    "line",
    "text",
    "email",
    "url",
    "whole",
    "number",
    "yes_no",
    "choice",
    "stage",
    "person",
    "rows",
    "html",
)
YES = frozenset({"1", "yes", "true", "x", "y", "ja"})


def importable_fields(kind: RecordKind) -> dict[str, Field]:
    """The fields that a column can go to."""
    return {name: field for name, field in kind.writable.items() if field.type in TAKEN and field.form}


def begin(space_id: str, kind: str, person_id: str, file_name: str, raw: bytes) -> RecordImport:
    """Keep an uploaded file and guess where its columns go. Raises `NotFound`, `Invalid` (field "file")."""
    found = kind_named(kind)
    if not found.importable:
        raise NotFound
    file = read_csv(raw)
    row = RecordImport(
        space_id=space_id,
        kind=kind,
        person_id=person_id,
        file_name=file_name.replace("\0", "")[:200] or "file.csv",
        file=raw,
        columns=orjson.dumps(_guessed(found, file.columns)),
        state=MAPPING,
        total=file.total,
    )
    with transaction() as session:
        session.add(row)
    return row


def start(space_id: str, import_id: str, columns: Sequence[str | None]) -> RecordImport:
    """Import into these fields, column by column (None: left out).

    Raises `NotFound`, and `Invalid` where a field is unknown or chosen twice, or a required one not at all.
    """
    with transaction() as session:
        row = _find(session, space_id, import_id)
        if row.state == MAPPING:
            kind = kind_named(row.kind)
            _check_columns(kind, columns)
            row.columns = orjson.dumps(list(columns))
            row.state = RUNNING
            _note(session, row, actions.IMPORT_STARTED)
        return row


def stop(space_id: str, import_id: str) -> RecordImport:
    """End an import; what was imported stays. Raises `NotFound`."""
    with transaction() as session:
        row = _find(session, space_id, import_id)
        if row.state in (MAPPING, RUNNING):
            _end(row, STOPPED)
            _note(session, row, actions.IMPORT_STOPPED)
        return row


def next_running(after: str) -> str | None:
    """The import whose turn it is: the first running one after this id, else the first of all."""
    with transaction() as session:
        query = (
            select(RecordImport.id)
            .where(RecordImport.state == RUNNING, in_use(RecordImport.space_id))
            .order_by(RecordImport.id)
            .limit(1)
        )
        return session.scalar(query.where(RecordImport.id > after)) or session.scalar(query)


def import_some(import_id: str) -> None:
    """Import the next lines of an import, at most `AT_ONCE`, with the rights that its person has now."""
    with transaction() as session:
        row = session.get_one(RecordImport, import_id)
        actor = _actor(session, row)
        if actor is None:
            _end(row, STOPPED)
            return
        kind, columns = kind_named(row.kind), orjson.loads(row.columns)
        first = row.line
        lines = list(lines_of(row.file, first, AT_ONCE))
    for number, cells in enumerate(lines, first + 1):
        _import_line(import_id, number, kind, columns, cells, actor)
    if len(lines) < AT_ONCE:
        with transaction() as session:
            _end(session.get_one(RecordImport, import_id), DONE)


def preview(row: RecordImport) -> tuple[list[str], list[list[str]]]:
    """The names of the columns and the first lines. Empty once the import has ended."""
    if not row.file:
        return [], []
    names = read_csv(row.file).columns
    return names, [[cell[:80] for cell in line] for line in lines_of(row.file, 0, PREVIEW)]


def columns_of(row: RecordImport) -> list[str | None]:
    """For each column of the file the field that it goes to, or None."""
    found: list[str | None] = orjson.loads(row.columns)
    return found


def faults_of(row: RecordImport) -> list[tuple[int, str, str]]:
    """(line of the file, field, sentence) of the first lines that could not be imported."""
    return [(line, field, sentence) for line, field, sentence in orjson.loads(row.faults)]


def _find(session: Session, space_id: str, import_id: str) -> RecordImport:
    row = session.get(RecordImport, import_id.replace("\0", ""), with_for_update=True)
    if row is None or row.space_id != space_id:
        raise NotFound
    return row


def _import_line(
    import_id: str,
    number: int,
    kind: RecordKind,
    columns: Sequence[str | None],
    cells: Sequence[str],
    actor: Actor,
) -> None:
    try:
        with transaction() as session:
            row = session.get_one(RecordImport, import_id, with_for_update=True)
            if row.state != RUNNING or row.line >= number:
                return  # stopped meanwhile, or another worker was here
            create(row.space_id, row.kind, values_of(kind, columns, cells), actor)
            row.line, row.created = number, row.created + 1
    except Invalid as wrong:
        _keep_faults(import_id, number, wrong.errors)


def _keep_faults(import_id: str, number: int, errors: Sequence[FieldError]) -> None:
    with transaction() as session:
        row = session.get_one(RecordImport, import_id, with_for_update=True)
        kept = orjson.loads(row.faults)
        # The line of the file: one more, because the names stand above.
        kept += [[number + 1, error.field, error.message] for error in errors]
        row.faults = orjson.dumps(kept[:MOST_FAULTS])
        row.line, row.failed = number, row.failed + 1


def values_of(kind: RecordKind, columns: Sequence[str | None], cells: Sequence[str]) -> dict[str, Any]:
    """A line of the file as values; empty cells are left out. What cannot be read stays text, to be refused."""
    found: dict[str, Any] = {}
    for name, cell in zip(columns, cells, strict=False):
        if name and cell.strip():
            found[name] = _value(kind, kind.fields[name], cell.strip())
    return found


def _value(kind: RecordKind, field: Field, text: str) -> Any:
    if field.type == "rows":
        return [{"type": field.named_parts["type"].empty, "value": text}]
    if field.type == "yes_no":
        return text.casefold() in YES
    if field.type in ("whole", "number", "person"):
        return _number(text)
    if field.type == "choice":
        return _by_title(field.choices, text)
    if field.type == "stage" and kind.stages:
        return _by_title({stage.key: stage.title for stage in kind.stages.list}, text)
    return text


def _by_title(titles: Mapping[str, str], text: str) -> str:
    """People write "Won", programs "4"."""
    wanted = text.casefold()
    return next((key for key, title in titles.items() if wanted in (title.casefold(), key.casefold())), text)


def _number(text: str) -> Any:
    try:
        found = loads(text.encode())
    except (ValueError, UnicodeEncodeError):
        return text
    return found if isinstance(found, int | float) and not isinstance(found, bool) else text


def _guessed(kind: RecordKind, columns: Sequence[str]) -> list[str | None]:
    """Where each column goes by its name: `E-mail`, `email` and `E-Mail-Adresse` begin alike; each field once."""
    known = {
        _letters(text): name for name, one in importable_fields(kind).items() for text in (name, one.title)
    }
    found: list[str | None] = []
    for column in columns:
        name = known.get(_letters(column))
        found.append(name if name not in found else None)
    return found


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _check_columns(kind: RecordKind, columns: Sequence[str | None]) -> None:
    chosen = [name for name in columns if name]
    errors = []
    if any(name not in importable_fields(kind) for name in chosen):
        errors.append(FieldError("columns", _("There is no field with this name.")))
    if len(set(chosen)) < len(chosen):
        errors.append(FieldError("columns", _("Two columns go to the same field. Choose one of them.")))
    for name, field in kind.writable.items():
        sources = {name, *(field.from_.split() if field.from_ else ())}
        if field.required and not sources & set(chosen):
            errors.append(FieldError("columns", _("Choose a column for “%(field)s”.", field=_(field.title))))
    if errors:
        raise Invalid(errors)


def _actor(session: Session, row: RecordImport) -> Actor | None:
    """The person who started it, if they may still do it."""
    needed = manage_permission(kind_named(row.kind).tool)
    if (guest := actor_going_on(session, row.person_id)) is not None:
        return guest if needed in (guest.rights or ()) else None
    found = session.get(Membership, (row.person_id, row.space_id))
    if found is None or not found.role.allows(needed):
        return None
    return Actor(PERSON, found.person.email, row.person_id)


def _note(session: Session, row: RecordImport, action: str) -> None:
    about = Subject(subject.RECORD, row.id)
    note(session, row.space_id, action, about, [detail("record.name", None, row.file_name)])


def _end(row: RecordImport, state: str) -> None:
    """The file has done its duty; what people typed is not kept longer than needed."""
    row.state = state
    row.file = b""
    row.ended_at = utc_now()
