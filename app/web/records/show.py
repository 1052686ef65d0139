"""One record: its values, its stage, what belongs to it, what can be added to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import url_for
from werkzeug.wrappers import Response

from app.catalogue import RecordKind, load_kinds
from app.models import Record
from app.models.permission import VIEW_WEBHOOKS
from app.queries.records import authors_of, record_of, related_records
from app.services.records.shape import shown_value
from app.web.addresses import takes
from app.web.permissions import current_space_id, may
from app.web.records import words
from app.web.records.blueprint import may_manage, may_view, record_url, viewing
from app.web.rendering import render_page

COMMENTED = ("task", "post", "lead", "deal", "contact", "company", "activity", "project", "job", "estimate")


class FieldLine(NamedTuple):
    """A field on the page: its title, its value in words, whether that is long."""

    name: str
    title: str
    text: str
    long: bool


class Addition(NamedTuple):
    """Something that can be added to this record: words and address."""

    kind: RecordKind
    url: str


@viewing("/<record_id>", "show")
@takes()
def show(kind: RecordKind, record_id: str) -> Response:
    """A record; a deleted one too, with the way back."""
    record = record_of(current_space_id(), kind.key, record_id)
    named, naming = related_records(record)
    return render_page(
        "records/show.html",
        kind=kind,
        record=record,
        lines=_lines(kind, record),
        signers=record.values.get("signers", []) if _is_signed(kind) else [],
        kinds=load_kinds(),
        named=_visible(named),
        naming=_visible(naming),
        comments=[(one, one.values) for one in _visible(naming) if one.kind == "comment"],
        additions=_additions(kind, record),
        events_url=url_for("deliveries.index", q=record.own_id) if may(VIEW_WEBHOOKS) else None,
    )


def _lines(kind: RecordKind, record: Record) -> list[FieldLine]:
    values = record.values
    numbers = authors_of(current_space_id(), sorted(words.people_in(kind, values)))
    people = {str(number): name for number, name in numbers.items()}
    found = []
    for name, field in kind.fields.items():
        if field.filled in ("constant", "event", "space", "is_deleted") or field.type == "json":
            continue
        value = shown_value(record, kind, name, values)
        if field.writable and value == field.empty:
            continue  # "no" and "0" where nobody said anything tell nothing
        text = words.in_words(kind, name, value, people)
        if text:
            found.append(FieldLine(name, words.field_title(name, field), text, len(text) > words.LONG))
    return found


def _visible(records: Sequence[Record]) -> list[Record]:
    """A link leads nobody to what they may not see."""
    return [record for record in records if record.kind in load_kinds() and may_view(record.kind)]


def _is_signed(kind: RecordKind) -> bool:
    return any(field.signed_by_button for field in kind.fields.values())


def _additions(kind: RecordKind, record: Record) -> list[Addition]:
    """A comment, and every kind that cannot be without one of this kind: an image of a job, a note of a lead."""
    found = []
    for other in load_kinds().values():
        if not may_manage(other):
            continue
        links = [n for n, f in other.fields.items() if f.type == "link" and f.must_exist and f.to == kind.key]
        if links:
            found.append(Addition(other, record_url("new", other, **{links[0]: record.own_id})))
        elif other.key == "comment" and kind.key in COMMENTED:
            about = {"entity_type": kind.key, "entity_id": record.own_id}
            found.append(Addition(other, record_url("new", other, **about)))
    return found
