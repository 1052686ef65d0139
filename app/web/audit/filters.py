"""What the audit log is asked for: read from an address, or from the form that downloads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext as _

from app.audit.read import AuditFilters
from app.audit.subject import SUBJECT_KINDS
from app.core.errors import FieldError
from app.web.times import typed_moment

NAMES = ("actor", "action", "kind", "subject", "since", "until")
LONGEST = 254


def typed_in(given: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by name; what was not is empty."""
    return {name: given.get(name, "").strip()[:LONGEST].replace("\0", "") for name in NAMES}


def filters_of(typed: Mapping[str, str]) -> tuple[AuditFilters, list[FieldError]]:
    """What to look for, and what of it cannot be understood."""
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


def _moment(field: str, typed: Mapping[str, str], errors: list[FieldError]) -> datetime | None:
    try:
        return typed_moment(typed[field])
    except (ValueError, OverflowError):
        errors.append(FieldError(field, _("Enter a date and time such as 2026-11-21T09:30.")))
        return None
