"""Hands the catalogue's screen texts to gettext.

In `babel.cfg`:

    [extractors]
    catalogue = app.catalogue.extract:messages
    [catalogue: app/catalogue/events/**.yaml]

Templates then write `_(event_type.title)`. Titles that a file leaves out are extracted too, because the file
is read as the program reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from app.catalogue.event_type import EventType
from app.catalogue.loader import read_group

Message = tuple[int, None, str, list[str]]


def messages(fileobj: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Message]:
    """Babel's extractor interface: yield (line, function, text, comments) for every text of a file."""
    file = read_group(Path(fileobj.name))
    yield _message(file.title, f"group {file.group}")
    for event_type in file.event_types():
        yield from _texts(event_type)
    for (object_, action), sentence in file.reasons():
        yield _message(sentence, f"why there is no {object_}.{action}")


def _texts(event_type: EventType) -> Iterator[Message]:
    yield _message(event_type.object_title, f"object {event_type.object}")
    yield _message(event_type.action_title, f"completes: when a {event_type.object_title} is ...")
    yield _message(event_type.title, f"title of {event_type.key}")
    yield _message(event_type.description, f"description of {event_type.key}")


def _message(text: str, comment: str) -> Message:
    return 1, None, text, [comment]
