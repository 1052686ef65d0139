"""What event a message becomes: its type, its data, and whose id it has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid
from app.core.exact_json import dumps, loads
from app.models import IncomingSource
from app.models.condition import follow
from app.sending.message.layout import SelectedField
from app.sending.message.selected_fields import pick
from app.services.incoming.sources.signatures import SourceMessage

FORM = "application/x-www-form-urlencoded"
HEADER = "header:"
MOST_FORM_FIELDS = 1000


def read_form(body: bytes) -> dict[str, Any]:
    """A form as an object; GitHub puts its JSON into the field `payload`. Raises ValueError."""
    pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FORM_FIELDS)
    fields: dict[str, Any] = dict(pairs)
    if set(fields) == {"payload"}:
        inner = loads(fields["payload"].encode())
        return inner if isinstance(inner, dict) else fields
    return fields


def event_of(source: IncomingSource, message: SourceMessage, data: dict[str, Any]) -> dict[str, Any]:
    """What is published for a message. Raises `Invalid` if it does not say its type where it should."""
    event: dict[str, Any] = {"type": _type_of(source, message, data), "data": _data_of(source, data)}
    if source.object_id_path:
        found = follow(data, source.object_id_path)
        if isinstance(found, (str, int)) and not isinstance(found, bool) and str(found):
            event["object_id"] = str(found)[:200]
    return event


def _type_of(source: IncomingSource, message: SourceMessage, data: Mapping[str, Any]) -> str:
    if source.event_type:
        return source.event_type
    path = source.type_path or ""
    if path.startswith(HEADER):
        found: Any = message.headers.get(path.removeprefix(HEADER).lower())
    else:
        found = follow(data, path)
    if not isinstance(found, str) or not found.strip():
        raise Invalid([FieldError("type", _("The message does not say its type in “%(path)s”.", path=path))])
    return source.type_prefix + found.strip()


def _data_of(source: IncomingSource, data: dict[str, Any]) -> dict[str, Any]:
    if source.fields is None:
        return data
    chosen = [SelectedField(path=one["path"], name=one["name"]) for one in source.fields]
    picked = loads(pick(dumps(data), chosen))
    return dict(picked)
