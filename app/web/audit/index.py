"""The list: who, what, when, from where, before and after; filters stand in the address."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from flask import request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.audit.read import AuditFilters
from app.audit.subject import SUBJECT_KINDS
from app.core.errors import FieldError
from app.models.permission import VIEW_AUDIT
from app.queries.audit import subject_names
from app.queries.changes import audit_page, names_in
from app.web.audit.blueprint import bp
from app.web.audit.words import action_choices, kind_choices, subject_label
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.times import typed_moment

_ID = re.compile(r"chg_[0-9a-f]{12,36}")
NAMES = ("actor", "action", "kind", "subject", "since", "until")
LONGEST = 254


@bp.get("")
@requires(VIEW_AUDIT)
def index() -> Response:
    """Entries that fit, newest first. A place that is not ours leads to the first page."""
    typed = {name: request.args.get(name, "").strip()[:LONGEST].replace("\0", "") for name in NAMES}
    filters, errors = _filters(typed)
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


def _filters(typed: dict[str, str]) -> tuple[AuditFilters, list[FieldError]]:
    errors: list[FieldError] = []
    since, until = _moment("since", typed, errors), _moment("until", typed, errors)
    filters = AuditFilters(
        since=since,
        # The field has minutes; "to 14:05" includes that minute.
        until=until + timedelta(minutes=1) if until else None,
        actor=typed["actor"] or None,
        subject=typed["subject"] or None,
        subject_kind=typed["kind"] if typed["kind"] in SUBJECT_KINDS else None,
        actions=[typed["action"]] if typed["action"] else (),
    )
    return filters, errors


def _moment(field: str, typed: dict[str, str], errors: list[FieldError]) -> datetime | None:
    try:
        return typed_moment(typed[field])
    except (ValueError, OverflowError):
        errors.append(FieldError(field, _("Enter a date and time such as 2026-11-21T09:30.")))
        return None
