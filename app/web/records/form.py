"""Create and change a record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.catalogue import RecordKind
from app.core.errors import Conflict, FieldError, Invalid
from app.core.validation import refuse_repeated
from app.models import Record
from app.queries.records import members_of
from app.services import records
from app.services.records.people import numbered
from app.web.addresses import takes
from app.web.permissions import current_space_id
from app.web.records.blueprint import managing, record_url
from app.web.records.controls import Surroundings, controls_of
from app.web.records.form_data import person_ids_in, values_in
from app.web.rendering import go_to, render_page


@managing("/new", "new", "GET")
def new(kind: RecordKind) -> Response:
    """An empty form; the address may name what the record belongs to: `?job_id=job_20418`."""
    given = {name: text for name, text in request.args.items() if name in _link_names(kind)}
    unknown = [name for name in request.args if name not in given]
    if unknown:
        said = _("This page has no filter of this name. Take it out of the address.")
        raise Invalid([FieldError(name, said) for name in unknown])
    refuse_repeated(request.args.to_dict(flat=False))
    return _page(kind, None, _starting(kind, given))


@managing("/new", "create")
def create(kind: RecordKind) -> Response:
    """Create it; its event is published with it."""
    typed = _typed(kind, {})
    try:
        record = records.create(current_space_id(), kind.key, typed)
    except Invalid as wrong:
        return _page(kind, None, typed, wrong.errors, 422)
    flash(_("Saved."), "success")
    return go_to(record_url("show", kind, record_id=record.own_id))


@managing("/<record_id>/edit", "edit", "GET")
@takes()
def edit(kind: RecordKind, record_id: str) -> Response:
    """The form of a record."""
    record = records.get(current_space_id(), kind.key, record_id)
    return _page(kind, record, record.values)


@managing("/<record_id>/edit", "update")
def update(kind: RecordKind, record_id: str) -> Response:
    """Save it, unless somebody else changed it meanwhile: then say so, and keep what was typed."""
    record = records.get(current_space_id(), kind.key, record_id)
    typed = _typed(kind, record.values)
    version = request.form.get("version", "")
    try:
        records.update(
            current_space_id(),
            kind.key,
            record_id,
            typed,
            version=int(version) if version.isdigit() and len(version) < 10 else None,
        )
    except Invalid as wrong:
        return _again(kind, record_id, typed, wrong.errors, 422)
    except Conflict as changed:
        return _again(kind, record_id, typed, [FieldError("", changed.message)], 409)
    flash(_("Saved."), "success")
    return go_to(record_url("show", kind, record_id=record_id))


def _again(
    kind: RecordKind, record_id: str, typed: Mapping[str, Any], errors: list[FieldError], status: int
) -> Response:
    """The form with what was typed; it now starts from the newest version, so that saving again is a decision."""
    record = records.get(current_space_id(), kind.key, record_id)
    return _page(kind, record, {**record.values, **typed}, errors, status)


def _typed(kind: RecordKind, before: Mapping[str, Any]) -> dict[str, Any]:
    people = numbered(current_space_id(), person_ids_in(request.form))
    return values_in(kind, request.form, before, people)


def _starting(kind: RecordKind, given: Mapping[str, str]) -> dict[str, Any]:
    first = kind.stages.first if kind.stages else None
    return {**({kind.stages.field: first.value} if kind.stages and first else {}), **given}


def _link_names(kind: RecordKind) -> list[str]:
    return [name for name, field in kind.writable.items() if field.type in ("link", "kind", "any_link")]


def _page(
    kind: RecordKind,
    record: Record | None,
    values: Mapping[str, Any],
    errors: list[FieldError] | None = None,
    status: int = 200,
) -> Response:
    around = Surroundings(current_space_id(), members_of(current_space_id()))
    return render_page(
        "records/form.html",
        status=status,
        kind=kind,
        record=record,
        controls=controls_of(kind, _drawable(kind, values), around),
        errors=[FieldError(_place(kind, error.field), error.message) for error in errors or []],
    )


def _drawable(kind: RecordKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values that a form can show; null is what is not set."""
    return {name: kind.fields[name].empty if value is None else value for name, value in values.items()}


def _place(kind: RecordKind, field: str) -> str:
    """Where an error stands: those of rows share one place."""
    name, _dot, _rest = field.partition(".")
    known = kind.fields.get(name)
    return name if known and known.type != "group" else field
