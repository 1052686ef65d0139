"""One pydantic schema per use case; its errors become sentences, once, for forms and for JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask_babel import gettext as _
from pydantic import AfterValidator, BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

from app.core.errors import FieldError, Invalid


class Schema(BaseModel):
    """The base of all inputs: unknown fields are refused, text is stripped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError(_("Use printable characters only."))
    return value


# Behind the lengths of a field: no line breaks and no control characters, because it is shown in lists and letters.
PRINTABLE = AfterValidator(_printable)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Beside `str`: one of these names, as a `Literal` of them would be. For names that a registry holds."""

    names: Iterable[str]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """What pydantic makes of a `Literal`, so sentences and the OpenAPI enum are the same."""
        return core_schema.literal_schema(list(self.names))


S = TypeVar("S", bound=Schema)


def check(schema: type[S], data: Mapping[str, Any], context: Mapping[str, Any] | None = None) -> S:
    """`data` as an instance of `schema`, or `Invalid` with one sentence per wrong field."""
    try:
        return schema.model_validate(data, context=dict(context or {}))
    except ValidationError as error:
        raise Invalid([_field_error(e) for e in error.errors(include_url=False)]) from None


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
