"""The list of a kind: search, stage, owner, order, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.catalogue import RecordKind
from app.core.paging import BadCursor
from app.models import Record
from app.queries.records import (
    NEWEST,
    SORTS,
    RecordFilters,
    RecordPage,
    authors_of,
    members_of,
    page_of_records,
)
from app.services.records.shape import shown_value
from app.web.addresses import takes
from app.web.permissions import current_space_id
from app.web.records import words
from app.web.records.blueprint import record_url, viewing
from app.web.rendering import render_page

FILTERS = ("q", "stage", "owner", "sort")


@dataclass(frozen=True, slots=True)
class RecordListing:
    """A page of records with what was asked for."""

    kind: RecordKind
    filters: RecordFilters
    page: RecordPage
    people: dict[str, str]
    first: bool

    @property
    def is_filtered(self) -> bool:
        """True if it does not show all."""
        return bool(self.filters.q or self.filters.stage or self.filters.owner)

    def url(self, **changes: str | None) -> str:
        """The address of this list with other parameters."""
        asked = {
            "q": self.filters.q,
            "stage": self.filters.stage,
            "owner": self.filters.owner,
            "sort": self.filters.sort if self.filters.sort != NEWEST else None,
        }
        return record_url("list", self.kind, **{n: v for n, v in {**asked, **changes}.items() if v})

    def cells(self, record: Record) -> list[tuple[str, str]]:
        """(title of the column, text) of the columns that matter for this kind."""
        values = record.values
        return [
            (
                words.field_title(name, self.kind.fields[name]),
                words.in_words(self.kind, name, shown_value(record, self.kind, name, values), self.people),
            )
            for name in self.kind.columns
        ]


@viewing("", "list")
@takes(*FILTERS, "cursor")
def listing(kind: RecordKind) -> Response:
    """The records of a kind."""
    asked: dict[str, Any] = {name: request.args.get(name, "").strip() for name in FILTERS}
    filters = RecordFilters(
        q=asked["q"][:200],
        stage=asked["stage"] if kind.stages and kind.stages.get(asked["stage"]) else None,
        owner=asked["owner"][:80].replace("\0", "") or None,
        sort=asked["sort"] if asked["sort"] in SORTS else NEWEST,
    )
    cursor = request.args.get("cursor", "")
    page = _page(kind, filters, cursor)
    shown = RecordListing(kind, filters, page, _people(kind, page), not cursor)
    members = members_of(current_space_id()) if kind.owner_field else []
    return render_page(
        "records/list.html", kind=kind, listing=shown, sorts=_sorts(), owners=[m for m in members if m.number]
    )


def _page(kind: RecordKind, filters: RecordFilters, cursor: str) -> RecordPage:
    """A cursor that was tampered with leads to the first page."""
    try:
        return page_of_records(current_space_id(), kind.key, filters, cursor or None)
    except BadCursor:
        return page_of_records(current_space_id(), kind.key, filters)


def _people(kind: RecordKind, page: RecordPage) -> dict[str, str]:
    numbers = {number for record in page.records for number in words.people_in(kind, record.values)}
    return {str(number): name for number, name in authors_of(current_space_id(), sorted(numbers)).items()}


def _sorts() -> list[tuple[str, str]]:
    return [("newest", _("Newest first")), ("changed", _("Last changed first")), ("name", _("By name"))]
