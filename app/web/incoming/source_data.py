"""The form of a source: what stands in its fields, and what a service takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.exact_json import loads
from app.models import IncomingSource
from app.models.incoming_source import STANDARD
from app.services.incoming.sources.mapping import FORM, read_form
from app.web.webhooks.payload_form import ChosenField, PayloadValues, payload_from_form

OPTIONS = ("header", "prefix", "algorithm", "encoding", "id_header")
BY_EVENT, BY_MESSAGE, LATER = "event", "message", "later"


@dataclass(frozen=True, slots=True)
class SourceForm:
    """What stands in the fields. becomes: how its event is chosen. A secret that was typed is not sent back."""

    key: str = ""
    preset: str = STANDARD
    user: str = ""
    options: Mapping[str, str] = field(
        default_factory=lambda: {"header": "X-Signature", "algorithm": "sha256", "encoding": "hex"}
    )
    becomes: str = LATER
    event_type: str = ""
    type_path: str = ""
    type_prefix: str = ""
    payload: PayloadValues = field(default_factory=PayloadValues)
    object_id_path: str = ""


def from_settings(settings: Mapping[str, Any]) -> SourceForm:
    """The fields for stored settings (`sources.crud.settings_of`)."""
    becomes = BY_EVENT if settings["event_type"] else BY_MESSAGE if settings["type_path"] else LATER
    payload = settings["payload"]
    chosen = tuple(ChosenField(one["path"], one["name"]) for one in payload["fields"])
    return SourceForm(
        settings["key"],
        settings["preset"],
        settings["user"],
        settings["options"],
        becomes,
        settings["event_type"],
        settings["type_path"],
        settings["type_prefix"],
        PayloadValues(payload["mode"], chosen),
        settings["object_id_path"],
    )


def from_form(form: MultiDict[str, str]) -> SourceForm:
    """As it was typed."""
    return SourceForm(
        form.get("key", ""),
        form.get("preset", STANDARD),
        form.get("user", ""),
        {name: form.get(name, "") for name in OPTIONS},
        form.get("becomes", LATER),
        form.get("event_type", ""),
        form.get("type_path", ""),
        form.get("type_prefix", ""),
        payload_from_form(form),
        form.get("object_id_path", ""),
    )


def to_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes; of the ways to an event only the chosen one."""
    values = from_form(form)
    fields = [{"path": one.path, "name": one.name} for one in values.payload.fields]
    by_event, by_message = values.becomes == BY_EVENT, values.becomes == BY_MESSAGE
    return {
        "key": values.key.strip(),
        "preset": values.preset,
        "secret": form.get("secret") or None,
        "user": values.user.strip(),
        "options": {name: text for name, text in values.options.items() if text or name == "prefix"},
        "event_type": values.event_type.strip() if by_event else "",
        "type_path": values.type_path.strip() if by_message else "",
        "type_prefix": values.type_prefix if by_message else "",
        "payload": {"mode": values.payload.mode, "fields": fields if values.payload.mode == "fields" else []},
        "object_id_path": values.object_id_path.strip(),
    }


def sample_of(source: IncomingSource) -> dict[str, Any] | None:
    """The newest message as an object, or None if none has come that can be read."""
    if source.sample is None:
        return None
    kinds = [value for name, value in source.sample_headers or [] if name == "content-type"]
    try:
        if kinds and kinds[0].startswith(FORM):
            return read_form(source.sample)
        found = loads(source.sample)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
