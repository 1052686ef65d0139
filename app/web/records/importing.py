"""Import a CSV file: upload, choose where each column goes, watch the progress."""

from __future__ import annotations

from flask import flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.catalogue import RecordKind
from app.core.errors import FieldError, Invalid, NotFound
from app.models import RecordImport
from app.queries.records import import_of, imports_of
from app.services.records import imports
from app.services.records.csv_file import MOST_BYTES, MOST_LINES
from app.web.addresses import takes
from app.web.permissions import current_person, current_space_id
from app.web.records import words
from app.web.records.blueprint import managing, record_url
from app.web.rendering import go_to, render_page

BLOCKS = {"import-progress": "progress"}


@managing("/import", "imports", "GET")
@takes()
def upload_page(kind: RecordKind) -> Response:
    """Choose a file; below, the imports of before."""
    return _upload_page(kind, [], 200)


@managing("/import", "upload")
def upload(kind: RecordKind) -> Response:
    """Keep the file, and ask where its columns go."""
    if not kind.importable:
        raise NotFound
    file = request.files.get("file")
    raw = file.stream.read(MOST_BYTES + 1) if file else b""
    try:
        if not raw:
            raise Invalid([FieldError("file", _("Choose a CSV file."))])
        name = (file.filename or "") if file else ""
        row = imports.begin(current_space_id(), kind.key, current_person().id, name, raw)
    except Invalid as wrong:
        return _upload_page(kind, wrong.errors, 422)
    return go_to(record_url("import", kind, import_id=row.id))


@managing("/import/<import_id>", "import", "GET")
@takes()
def progress(kind: RecordKind, import_id: str) -> Response:
    """Before the start: preview and columns. Then: how far it is."""
    return _import_page(kind, _import(kind, import_id))


@managing("/import/<import_id>", "start_import")
def start(kind: RecordKind, import_id: str) -> Response:
    """Start with the columns that were chosen; or stop."""
    row = _import(kind, import_id)
    if "stop" in request.form:
        imports.stop(current_space_id(), import_id)
        flash(_("Stopped. What was imported stays."), "success")
        return go_to(record_url("import", kind, import_id=import_id))
    count = len(imports.columns_of(row))
    chosen = [request.form.get(f"column.{n}") or None for n in range(count)]
    try:
        imports.start(current_space_id(), import_id, chosen)
    except Invalid as wrong:
        return _import_page(kind, row, chosen, wrong.errors, 422)
    return go_to(record_url("import", kind, import_id=import_id))


def _import(kind: RecordKind, import_id: str) -> RecordImport:
    row = import_of(current_space_id(), import_id)
    if row.kind != kind.key:
        raise NotFound
    return row


def _title(kind: RecordKind, field: str) -> str:
    """What the form calls the field that `email.0.value` is a part of."""
    name = field.partition(".")[0]
    return words.field_title(name, kind.fields[name]) if name in kind.fields else field


def _upload_page(kind: RecordKind, errors: list[FieldError], status: int) -> Response:
    if not kind.importable:
        raise NotFound
    return render_page(
        "records/import_new.html",
        status=status,
        kind=kind,
        errors=errors,
        before=imports_of(current_space_id(), kind.key),
        most_kb=MOST_BYTES // 1000,
        most_lines=MOST_LINES,
    )


def _import_page(
    kind: RecordKind,
    row: RecordImport,
    chosen: list[str | None] | None = None,
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> Response:
    names, lines = imports.preview(row) if row.state == imports.MAPPING else ([], [])
    fields = imports.importable_fields(kind)
    return render_page(
        "records/import.html",
        blocks=BLOCKS,
        status=status,
        kind=kind,
        row=row,
        names=names,
        lines=lines,
        chosen=chosen or imports.columns_of(row),
        fields=[(name, words.field_title(name, field)) for name, field in fields.items()],
        faults=[(line, _title(kind, field), sentence) for line, field, sentence in imports.faults_of(row)],
        errors=errors or [],
    )
