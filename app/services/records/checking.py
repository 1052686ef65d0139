"""Values from outside: whether they fit their kind, fault by fault in words (JSON Schema, draft 2020-12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, cast

from flask_babel import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from app.catalogue import Field, RecordKind, load_kinds
from app.core.errors import FieldError, Invalid
from app.core.exact_json import dumps

MOST_BYTES = 256 * 1024
MOST_ERRORS = 30


def checked(kind: RecordKind, values: Mapping[str, Any], new: bool = False) -> dict[str, Any]:
    """The values as they will be kept; null and what the articles show as empty clears a field.

    Raises `Invalid`, in the order of the fields: those that there are not, that Hookdesk writes itself, of the wrong
    type, stages that there are not; and what a `new` record lacks.
    """
    known = {name: value for name, value in values.items() if name in kind.writable}
    filled = {name: value for name, value in known.items() if not is_empty(kind, name, value)}
    errors = [*_unknown(kind, values), *_wrong_stage(kind, values)]
    errors += islice(_faults(kind, filled), MOST_ERRORS)
    errors += missing(kind, filled) if new else []
    if errors:
        raise Invalid(sorted(errors, key=lambda error: _place(kind, error)))
    _refuse_too_large(filled)
    empty = {name: kind.fields[name].empty for name in known.keys() - filled.keys()}
    whole = {name: _with_all_parts(kind.fields[name], value) for name, value in filled.items()}
    return {**whole, **empty, **_stage(kind, filled)}


def _with_all_parts(field: Field, value: Any) -> Any:
    """A group, or each row of a list, with every part in its place: receivers find the same names each time."""
    if field.type == "rows":
        return [_parts(field, row) for row in value]
    return _parts(field, value) if field.type == "group" else value


def _parts(field: Field, given: Mapping[str, Any]) -> dict[str, Any]:
    found = ((name, given.get(name), part.empty) for name, part in field.named_parts.items())
    return {name: empty if value is None else value for name, value, empty in found}


def is_empty(kind: RecordKind, name: str, value: Any) -> bool:
    """True for null, for what this field shows when nothing is set, and for no entries where it shows `""`."""
    empty = kind.fields[name].empty
    if value is None or (value in ([], {}) and not empty):
        return True
    return bool(value == empty) and type(value) is type(empty)


def missing(kind: RecordKind, values: Mapping[str, Any]) -> list[FieldError]:
    """The required fields that these values, all of a record, leave empty and that no others make."""
    return [
        FieldError(name, _("Fill in this field."))
        for name, field in kind.writable.items()
        if field.required and not any(values.get(one) for one in (name, *(field.from_ or "").split()))
    ]


def _place(kind: RecordKind, error: FieldError) -> int:
    names = list(kind.fields)
    name = error.field.partition(".")[0]
    return names.index(name) if name in names else len(names)


def unknown_stage(kind: RecordKind, value: Any) -> FieldError:
    """The sentence for a stage that a kind does not have, with those it has."""
    if kind.stages is None:
        said = _("%(kind)s has no stages, so it cannot be moved to one.", kind=_(kind.title))
        return FieldError("stage", said)
    stages = ", ".join(f"{stage.key} ({_(stage.title)})" for stage in kind.stages.list)
    said = _(
        "%(kind)s has no stage “%(stage)s”. It has: %(stages)s.",
        kind=_(kind.title),
        stage=str(value)[:100],
        stages=stages,
    )
    return FieldError(kind.stages.field, said)


def _unknown(kind: RecordKind, values: Mapping[str, Any]) -> list[FieldError]:
    read_only = _("Hookdesk fills in this field itself.")
    return [
        FieldError(
            str(name)[:100], read_only if name in kind.fields else _("There is no field with this name.")
        )
        for name in values
        if name not in kind.writable
    ][:MOST_ERRORS]


def _wrong_stage(kind: RecordKind, values: Mapping[str, Any]) -> list[FieldError]:
    stages = kind.stages
    if stages is None or stages.field not in values:
        return []
    value = values[stages.field]
    if isinstance(value, str | int) and not isinstance(value, bool) and stages.get(value):
        return []
    return [] if stages.none and value in ("", None) else [unknown_stage(kind, value)]


def _stage(kind: RecordKind, values: Mapping[str, Any]) -> dict[str, Any]:
    """The stage as its kind writes it: `3` for `"3"`."""
    found = (
        kind.stages.get(values[kind.stages.field]) if kind.stages and kind.stages.field in values else None
    )
    return {kind.stages.field: found.value} if kind.stages and found else {}


def _faults(kind: RecordKind, values: Mapping[str, Any]) -> Iterator[FieldError]:
    stage = kind.stages.field if kind.stages else None
    for error in _validator(kind.key).iter_errors({n: v for n, v in values.items() if n != stage}):
        yield from _said(error)


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(load_kinds()[kind].checked_schema)


def _said(error: ValidationError) -> Iterator[FieldError]:
    keyword, wanted, schema = str(error.validator), cast(Any, error.validator_value), cast(Any, error.schema)
    place, there = [str(part) for part in error.absolute_path], cast(Any, error.instance)
    sentence = _sentence(keyword, wanted, schema)
    if keyword == "required":
        names = [name for name in wanted if name not in there and f"'{name}'" in error.message]
    elif keyword == "additionalProperties":
        names = [str(name) for name in there if name not in schema.get("properties", {})]
    else:
        yield FieldError(".".join(place), sentence)
        return
    yield from (FieldError(".".join([*place, name[:100]]), sentence) for name in names[:MOST_ERRORS])


def _sentence(keyword: str, wanted: Any, schema: Any) -> str:
    if keyword == "type":
        names = wanted if isinstance(wanted, list) else [wanted]
        return _TYPES.get(names[0], lambda: _("This value cannot be used here."))()
    if keyword == "pattern":
        return _PATTERNS[schema["$comment"]]()
    if keyword == "enum":
        return _("Choose one of: %(choices)s.", choices=", ".join(str(choice) for choice in wanted))
    say = _LIMITS.get(keyword)
    return say(wanted) if say else _("This value cannot be used here.")


def _refuse_too_large(values: Mapping[str, Any]) -> None:
    try:
        size = len(dumps(dict(values)))
    except (TypeError, ValueError, RecursionError):
        raise Invalid([FieldError("", _("The record holds a value that JSON cannot carry."))]) from None
    if size > MOST_BYTES:
        raise Invalid([FieldError("", _("The record is larger than %(n)s KiB.", n=MOST_BYTES // 1024))])


_TYPES: dict[str, Callable[[], str]] = {
    "string": lambda: _("Enter text."),
    "integer": lambda: _("Enter a whole number."),
    "number": lambda: _("Enter a number."),
    "boolean": lambda: _("Choose yes or no."),
    "array": lambda: _("Enter a list."),
    "object": lambda: _("Enter names and values."),
}
_PATTERNS: dict[str, Callable[[], str]] = {
    "email": lambda: _("Enter an e-mail address such as name@example.org."),
    "url": lambda: _("Enter a web address that starts with https://."),
    "amount": lambda: _("Enter an amount as text, such as 142.00."),
    "date": lambda: _("Enter a date such as 2026-11-21."),
    "moment": lambda: _("Enter a time such as 2026-11-21T09:30:00Z."),
}
_LIMITS: dict[str, Callable[[Any], str]] = {
    "required": lambda n: _("Fill in this field."),
    "additionalProperties": lambda n: _("There is no field with this name."),
    "minLength": lambda n: _("Fill in this field."),
    "maxLength": lambda n: _("Use at most %(n)s characters.", n=n),
    "minimum": lambda n: _("Enter %(n)s or more.", n=n),
    "maximum": lambda n: _("Enter %(n)s or less.", n=n),
    "maxItems": lambda n: _("Choose at most %(n)s.", n=n),
    "maxProperties": lambda n: _("Choose at most %(n)s.", n=n),
}
