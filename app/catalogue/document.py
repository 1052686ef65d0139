"""An OpenAPI 3.1 document of the `webhooks` that a catalogue describes, so that receivers can generate types (F9)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from app.catalogue.catalogue import Catalogue
from app.catalogue.event_type import EventType
from app.catalogue.inferred import inferred_schema

OPENAPI = "3.1.0"
# The time that samples show.
TIMESTAMP = "2026-11-21T09:30:00.123Z"

_HEADERS = {
    "webhook-id": "The event's id: the same at every try and resend. Handle each once.",
    "webhook-timestamp": "When this try was sent, in seconds since 1970. Refuse what is more than five minutes away.",
    "webhook-signature": "One or more signatures of id, timestamp and body, apart by spaces (Standard Webhooks).",
}
_RESPONSES = {
    "2XX": {"description": "The event has arrived. Answer first and work later."},
    "410": {"description": "Never send here again: the webhook is turned off."},
    "429": {"description": "Slow down. `Retry-After` says for how long."},
    "default": {
        "description": "It has not arrived and is sent again, unless `webhook-delivery: abort-message` says otherwise."
    },
}


def webhooks_document(catalogue: Catalogue, title: str) -> dict[str, Any]:
    """The document: for each event type a webhook with its message, as a schema and as a sample."""
    event_types = [one for group in catalogue.groups for one in group.event_types]
    names = _component_names(event_types)
    return {
        "openapi": OPENAPI,
        "info": {
            "title": title,
            "version": "1",
            "description": "Messages in the format `standard`, signed by Standard Webhooks.",
        },
        "tags": [{"name": group.key, "description": group.title} for group in catalogue.groups],
        "webhooks": {one.key: {"post": _operation(one, names[one.key])} for one in event_types},
        "components": {"schemas": {names[one.key]: message_schema(one) for one in event_types}},
    }


def message_schema(event_type: EventType) -> dict[str, Any]:
    """The JSON Schema of a whole message. The type's own schema for its data, or one worked out from the sample."""
    return {
        "type": "object",
        "title": event_type.title,
        "description": event_type.description or event_type.title,
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": event_type.key},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": _data_schema(event_type),
        },
    }


def sample_message(event_type: EventType) -> dict[str, Any]:
    """A whole message as a receiver gets it."""
    return {"type": event_type.key, "timestamp": TIMESTAMP, "data": event_type.sample}


def _data_schema(event_type: EventType) -> dict[str, Any]:
    schema = event_type.json_schema
    if schema is None:
        return inferred_schema(event_type.sample)
    if "$ref" in json.dumps(schema) and "$id" not in schema:
        # Its references mean itself, not the document that it now stands in.
        return {"$id": f"urn:event-type:{event_type.key}", **schema}
    return schema


def _operation(event_type: EventType, name: str) -> dict[str, Any]:
    return {
        "operationId": name[:1].lower() + name[1:],
        "summary": event_type.title,
        "description": event_type.description or event_type.title,
        "tags": [event_type.group],
        "parameters": [
            {
                "name": header,
                "in": "header",
                "required": True,
                "description": said,
                "schema": {"type": "string"},
            }
            for header, said in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": f"#/components/schemas/{name}"},
                    "examples": {"sample": {"value": sample_message(event_type)}},
                }
            },
        },
        "responses": _RESPONSES,
    }


def _component_names(event_types: Iterable[EventType]) -> dict[str, str]:
    """A name for each key that is a type's name in most languages; a number tells apart those that come out alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for one in event_types:
        plain = "".join(word[:1].upper() + word[1:] for word in re.split(r"[._]+", one.key))
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}{number}", number + 1
        names[one.key] = name
        taken.add(name)
    return names
