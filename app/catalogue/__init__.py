"""The event catalogue: what can happen in a space, with titles, samples and reasons.

Here live the event types that ship with the product (`events/*.yaml`, one file per group), the record kinds
whose changes cause them (`records/*.yaml`, one file per tool; D5), and the code that reads, checks and searches
them. A host application adds its own event types by a directory of such files or, one by one, as mappings (A3).
To add an event group, copy the shortest file in `events/`; the words it may use are in `files.py`, those of a
record kind in `record_field.py` and `record_kind.py`.

What may not live here: Flask, the database, anything about one space or one webhook.
"""

from app.catalogue.catalogue import Catalogue, Group, ObjectTypes, UnknownEventType
from app.catalogue.errors import CatalogueError, Fault
from app.catalogue.event_type import HOOKDESK_PREFIX, EventType, event_type_from
from app.catalogue.loader import load_catalogue
from app.catalogue.record_field import Field
from app.catalogue.record_kind import ChangeEvent, RecordKind, Stage, Tool
from app.catalogue.record_loader import load_kinds, load_tools

__all__ = [
    "HOOKDESK_PREFIX",
    "Catalogue",
    "CatalogueError",
    "EventType",
    "Fault",
    "Field",
    "Group",
    "ObjectTypes",
    "RecordKind",
    "ChangeEvent",
    "Stage",
    "Tool",
    "UnknownEventType",
    "event_type_from",
    "load_catalogue",
    "load_kinds",
    "load_tools",
]
