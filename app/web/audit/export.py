"""The entries that the page shows, as a file."""

from __future__ import annotations

from flask import Response, request, stream_with_context
from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid
from app.core.times import utc_now
from app.models.permission import VIEW_AUDIT
from app.services.audit_export import FORMATS, export_audit
from app.web.audit.blueprint import bp
from app.web.audit.filters import filters_of, typed_in
from app.web.permissions import current_space_id, requires

_TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


@bp.post("/export")
@requires(VIEW_AUDIT)
def export() -> Response:
    """Download them. Posted, because that somebody took them along is written down."""
    wanted = request.form.get("format", "csv")
    if wanted not in FORMATS:
        raise Invalid([FieldError("format", _("Choose one of: %(choices)s.", choices=", ".join(FORMATS)))])
    filters, errors = filters_of(typed_in(request.form))
    if errors:
        raise Invalid(errors)
    pieces = stream_with_context(export_audit(current_space_id(), filters, wanted))
    response = Response(pieces, mimetype=_TYPES[wanted])
    name = f"audit-{utc_now():%Y-%m-%d}.{wanted}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
