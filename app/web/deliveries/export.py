"""The list as a file, with the filters that it has (C14)."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.core.errors import Invalid
from app.models.role import VIEW_WEBHOOKS
from app.services.exports import FORMATS, export_deliveries
from app.web.addresses import takes
from app.web.deliveries.blueprint import bp
from app.web.deliveries.listing import NAMES, checked_filters_of
from app.web.permissions import current_space_id, requires


@bp.get("/export")
@requires(VIEW_WEBHOOKS)
@takes(*NAMES, "format")
def export() -> Response:
    """CSV, or JSON lines with `format=jsonl`. Raises `Invalid` for filters that the list would refuse."""
    filters, errors = checked_filters_of(request.args)
    if errors:
        raise Invalid(errors)
    chosen = request.args.get("format", "csv")
    return export_deliveries(current_space_id(), filters, chosen if chosen in FORMATS else "csv")
