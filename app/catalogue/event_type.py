"""EventType: one thing that can happen, such as `lead.created`, with its titles and a sample."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.catalogue.errors import error_from
from app.catalogue.schema import disagreements

KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
WORDS = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*")
KEY_LENGTH = 100
# Names of what happens to webhooks themselves (F8). A space's own events may not begin like this.
HOOKDESK_PREFIX = "hookdesk."
SAMPLE_BYTES = 64 * 1024
DEPTH = 50


def _checked_key(key: str) -> str:
    if len(key) > KEY_LENGTH or not KEY.fullmatch(key):
        raise PydanticCustomError(
            "event_key",
            f"Write an object and an action joined by a dot, such as invoice.paid: small letters, digits"
            f" and _, beginning with a letter, at most {KEY_LENGTH} characters.",
        )
    return key


def _checked_words(words: str) -> str:
    if len(words) > KEY_LENGTH or not WORDS.fullmatch(words):
        raise PydanticCustomError("words", "Use small letters, digits and _, joined by dots if need be.")
    return words


def _plain_json(value: Any) -> Any:
    """Refuse what cannot travel as JSON in UTF-8 (NaN, lone surrogates) and what is no longer a sample."""
    if _is_deeper(value, DEPTH):
        raise PydanticCustomError("too_deep", f"This is nested more than {DEPTH} deep.")
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError):
        raise PydanticCustomError("not_json", "This holds a value that JSON cannot carry.") from None
    if size > SAMPLE_BYTES:
        raise PydanticCustomError("too_large", f"Use at most {SAMPLE_BYTES // 1024} KiB.")
    return value


def _is_deeper(value: Any, limit: int) -> bool:
    if not isinstance(value, (dict, list)):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_is_deeper(item, limit - 1) for item in inside)


Key = Annotated[str, AfterValidator(_checked_key)]
Words = Annotated[str, AfterValidator(_checked_words)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Sentence = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
JsonObject = Annotated[dict[str, Any], AfterValidator(_plain_json)]


class EventType(BaseModel):
    """One event type. Only `key` and `sample` are needed; the rest is worked out from the key.

    `action_title` completes "When a lead is ...", `title` stands alone ("Lead created"). `record_id_path`
    is the dotted path of the record's id in `sample`; without one it is `id` if the sample has it.
    `sample` and `json_schema` are shared by everyone who asks: copy before changing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key: Key
    group: Words
    group_title: Line
    object: Words
    object_title: Line
    action: Words
    action_title: Line
    title: Line
    description: Sentence = ""
    json_schema: JsonObject | None = None  # stands before `sample`, which is checked against it
    sample: JsonObject
    record_id_path: str | None = None
    sources: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    action_api_name: Words | None = None

    def __hash__(self) -> int:
        return hash(self.key)

    @model_validator(mode="before")
    @classmethod
    def _work_out_the_rest(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        key = str(given.get("key")).strip()
        # A wrong key is one fault: what is worked out from it must not add more.
        return {**_from_key(key if KEY.fullmatch(key) else "some.thing", given), **given}

    @field_validator("sample")
    @classmethod
    def _agrees_with_schema(cls, sample: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        fault = next(disagreements(info.data.get("json_schema"), sample), None)
        if fault:
            raise PydanticCustomError("sample", "{fault}", {"fault": str(fault)})
        return sample

    @field_validator("record_id_path")
    @classmethod
    def _is_in_the_sample(cls, path: str | None, info: ValidationInfo) -> str | None:
        if path is not None and "sample" in info.data and not _has(info.data["sample"], path):
            raise PydanticCustomError("path", "The sample has nothing at {path}.", {"path": path})
        return path


def event_type_from(mapping: Mapping[str, Any]) -> EventType:
    """Check a host application's own event type and return it.

    Takes the attributes of `EventType` as names and values: `key` and `sample` are needed, unknown names are
    refused. Raises `CatalogueError` with one fault per name that is wrong.
    """
    try:
        return EventType.model_validate(mapping)
    except ValidationError as error:
        raise error_from(error) from None


def _from_key(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    object_, _, action = key.rpartition(".")
    object_title = given.get("object_title", _sentence_case(given.get("object", object_)))
    sample = given.get("sample")
    return {
        "group": "own",
        "group_title": _sentence_case(given["group"]) if "group" in given else "Your own events",
        "object": object_,
        "object_title": object_title,
        "action": action,
        "action_title": _spaced(given.get("action", action)),
        "title": f"{object_title} {_spaced(given.get('action', action))}",
        "record_id_path": "id" if isinstance(sample, dict) and "id" in sample else None,
    }


def _spaced(words: object) -> str:
    return re.sub(r"[._]+", " ", str(words)).strip()


def _sentence_case(words: object) -> str:
    spaced = _spaced(words)
    return spaced[:1].upper() + spaced[1:]


def _has(value: Any, path: str) -> bool:
    for name in path.split("."):
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True
