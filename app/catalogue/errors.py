"""What is wrong with a catalogue file or an own event type, as sentences for the person who wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

SENTENCES = {
    "missing": "This is missing.",
    "extra_forbidden": "This word is not known here. Check its spelling.",
    "string_type": "Write text here.",
    "string_too_short": "Write something here.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "Write one line of text.",
    "dict_type": "Write names and values here.",
    "model_type": "Write names and values here.",
    "tuple_type": "Write a list here.",
    "int_type": "Write a whole number here.",
    "int_parsing": "Write a whole number here.",
    "too_short": "Write at least one here.",
    "string_unicode": "This holds characters that cannot be written as UTF-8.",
}
KEY_OF_A_MAPPING = "[key]"  # pydantic ends a place with it when the name itself is wrong


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a dotted place, empty for the whole) and a sentence."""

    place: str
    sentence: str

    def within(self, outer: str) -> Fault:
        """The same fault, seen from further outside."""
        return Fault(".".join(part for part in (outer, self.place) if part), self.sentence)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}" if self.place else self.sentence


class CatalogueError(ValueError):
    """A catalogue file or an own event type cannot be used.

    `faults` carries every fault for forms and problem+json; the text names the file, if there is one.
    """

    def __init__(self, faults: Sequence[Fault], source: str = "") -> None:
        self.faults = tuple(faults)
        self.source = source
        text = " ".join(str(fault) for fault in self.faults)
        super().__init__(f"In {source}: {text}" if source else text)

    def in_file(self, name: str) -> CatalogueError:
        """The same error, naming the file it was found in."""
        return CatalogueError(self.faults, name)


def error_from(error: ValidationError, outer: str = "") -> CatalogueError:
    """Turn pydantic's findings into a `CatalogueError`; `outer` is the place that was validated."""
    return CatalogueError([_fault(detail).within(outer) for detail in error.errors(include_url=False)])


def _fault(detail: ErrorDetails) -> Fault:
    place = ".".join(str(part) for part in detail["loc"] if part != KEY_OF_A_MAPPING)
    known = SENTENCES.get(detail["type"])
    return Fault(place, known.format(**detail.get("ctx", {})) if known else _as_sentence(detail["msg"]))


def _as_sentence(message: str) -> str:
    return message if message.endswith(".") else f"{message}."
