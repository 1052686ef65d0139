"""One pydantic schema per use case; its errors become sentences, once, for forms and for JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask_babel import gettext as _
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    GetCoreSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, core_schema

from app.core.errors import FieldError, Invalid


class Schema(BaseModel):
    """The base of all inputs: unknown fields are refused, text is stripped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class JsonObject(dict[str, Any]):
    """An object as it came in JSON: `check` then takes `"5"` for no number and `0` for no `false`.

    What a form sends is text all through, and is read as such.
    """


def overlaid(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with those of `changes` in their place, and as strict as `changes` are."""
    whole = {**settings, **changes}
    return JsonObject(whole) if isinstance(changes, JsonObject) else whole


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError(_("Use printable characters only."))
    return value


# Behind the lengths of a field: no line breaks and no control characters, because it is shown in lists and letters.
PRINTABLE = AfterValidator(_printable)

# RFC 3339, section 5.6: day, time and zone are all there. Pydantic alone would read numbers as seconds, too.
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def _rfc_3339(value: object) -> object:
    """The moment that a text names. A second of 60 (a leap second) is not known to Python."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or _RFC_3339.fullmatch(value) is None:
        raise ValueError(_("Enter a time such as 2026-11-21T09:30:00Z."))
    try:
        # Python keeps microseconds; digits beyond them are cut, as pydantic does.
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", value.upper()))
    except ValueError:
        raise ValueError(_("Enter a time such as 2026-11-21T09:30:00Z.")) from None


# A moment as text with its zone.
Rfc3339 = Annotated[AwareDatetime, BeforeValidator(_rfc_3339)]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Beside `str`: one of these names, as a `Literal` of them would be. For names that a registry holds."""

    names: Iterable[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic makes of a `Literal`, so sentences and the OpenAPI enum are the same."""
        return core_schema.literal_schema(list(self.names))


S = TypeVar("S", bound=Schema)


def check(schema: type[S], data: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> S:
    """`data` as an instance of `schema`, or `Invalid` with one sentence per wrong field.

    The types of a `JsonObject` are to be those that the schema names, to the letter.
    """
    strict = isinstance(data, JsonObject) or None
    try:
        return schema.model_validate(data, strict=strict, context=dict(context or {}))
    except ValidationError as error:
        raise Invalid([_field_error(e) for e in error.errors(include_url=False)]) from None


def refuse_repeated(parameters: Mapping[str, Sequence[object]]) -> None:
    """Raise `Invalid` for a query parameter that stands twice: only one of its values would count."""
    twice = [name for name, values in parameters.items() if len(values) > 1]
    if twice:
        said = _("This parameter stands more than once. Send it once.")
        raise Invalid([FieldError(name, said) for name in twice])


def _field_error(error: Mapping[str, Any]) -> FieldError:
    field = ".".join(str(part) for part in error["loc"] if part != "function-after")
    say = _SENTENCES.get(error["type"])
    return FieldError(field, say(error.get("ctx") or {}) if say else _own_sentence(error))


def _own_sentence(error: Mapping[str, Any]) -> str:
    """A validator of ours raised ValueError with a sentence; pydantic keeps it in the context."""
    raised = (error.get("ctx") or {}).get("error")
    return str(raised) if raised else _("This value cannot be used here: %(why)s.", why=error["msg"])


_SENTENCES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda ctx: _("Fill in this field."),
    "extra_forbidden": lambda ctx: _("There is no field with this name."),
    "string_type": lambda ctx: _("Enter text."),
    "string_too_short": lambda ctx: _("Fill in this field."),
    "string_too_long": lambda ctx: _("Use at most %(n)s characters.", n=ctx["max_length"]),
    "int_type": lambda ctx: _("Enter a whole number."),
    "int_parsing": lambda ctx: _("Enter a whole number."),
    "int_from_float": lambda ctx: _("Enter a whole number."),
    "bool_type": lambda ctx: _("Choose yes or no."),
    "bool_parsing": lambda ctx: _("Choose yes or no."),
    "list_type": lambda ctx: _("Enter a list."),
    "dict_type": lambda ctx: _("Enter names and values."),
    "model_type": lambda ctx: _("Enter names and values."),
    "model_attributes_type": lambda ctx: _("Enter names and values."),
    "too_short": lambda ctx: _("Choose at least one."),
    "too_long": lambda ctx: _("Choose at most %(n)s.", n=ctx["max_length"]),
    "literal_error": lambda ctx: _("Choose one of: %(choices)s.", choices=ctx["expected"].replace("'", "")),
    "greater_than_equal": lambda ctx: _("Enter %(n)s or more.", n=ctx["ge"]),
    "less_than_equal": lambda ctx: _("Enter %(n)s or less.", n=ctx["le"]),
    "datetime_parsing": lambda ctx: _("Enter a time such as 2026-11-21T09:30:00Z."),
    "datetime_from_date_parsing": lambda ctx: _("Enter a time such as 2026-11-21T09:30:00Z."),
    "timezone_aware": lambda ctx: _("Add the time zone, for example Z for UTC."),
}
