"""Records of a kind for programs: filtered, page by page."""

from __future__ import annotations

from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid
from app.core.paging import BadCursor
from app.queries.records import RecordFilters as Filters
from app.queries.records import RecordPage as Page
from app.queries.records import page_of_records
from app.services.records.finding import kind_named

__all__ = ["Filters", "Page", "find"]


def find(
    space_id: str, kind: str, filters: Filters | None = None, cursor: str | None = None, limit: int = 50
) -> Page:
    """One page of the records that fit. Raises `NotFound` (unknown kind), `Invalid` (a cursor that we did not make)."""
    try:
        return page_of_records(space_id, kind_named(kind).key, filters or Filters(), cursor, limit)
    except BadCursor:
        raise Invalid(
            [FieldError("cursor", _("Use the next_cursor of the page before, as it is."))]
        ) from None
