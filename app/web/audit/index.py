"""The list: who, what, when, from where, before and after; filters stand in the address."""

from __future__ import annotations

import re

from flask import request
from werkzeug.wrappers import Response

from app.models.permission import VIEW_AUDIT
from app.queries.audit import subject_names
from app.queries.changes import audit_page, names_in
from app.web.addresses import takes
from app.web.audit.blueprint import bp
from app.web.audit.filters import NAMES, filters_of, typed_in
from app.web.audit.words import action_choices, kind_choices, subject_label
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page

_ID = re.compile(r"chg_[0-9a-f]{12,36}")


@bp.get("")
@requires(VIEW_AUDIT)
@takes(*NAMES, "before")
def index() -> Response:
    """Entries that fit, newest first. A place that is not ours leads to the first page."""
    typed = typed_in(request.args)
    filters, errors = filters_of(typed)
    before = request.args.get("before", "")
    space_id = current_space_id()
    page = audit_page(space_id, filters, before if _ID.fullmatch(before) else None)
    return render_page(
        "audit/index.html",
        status=422 if errors else 200,
        page=page,
        typed=typed,
        errors=errors,
        filtered=any(typed.values()),
        given={name: value for name, value in typed.items() if value},
        first=not before,
        kinds=kind_choices(),
        actions=action_choices(),
        names=names_in(space_id, page.changes) | subject_names(space_id, page.changes),
        subject_label=subject_label,
    )
