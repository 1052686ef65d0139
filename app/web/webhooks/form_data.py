"""The form of a webhook: what stands in its fields, and what a service takes.

Every field keeps what was typed, also what cannot be used, so that nobody types twice; only secrets go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.errors import FieldError, Invalid
from app.models.webhook import METHODS
from app.sending.message.masking import has_secret_name
from app.services.webhooks.sending import Sending
from app.web.webhooks.payload_form import (
    PayloadValues,
    payload_data,
    payload_from_form,
    payload_from_settings,
)
from app.web.webhooks.sending_form import SENDING_INPUTS, input_data, shown_values, typed_values

SPARE_ROWS = 2
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A name and value of a request header; `kept`: a value is stored and not shown; `again`: it must be typed
    again, because what was typed is secret and not sent back.
    """

    name: str = ""
    value: str = ""
    kept: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A condition as typed; `fresh`: its row was added just now."""

    field: str = ""
    op: str = "is"
    value: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What stands in the fields."""

    # Of the inputs of the table (`sending_form`), by their names: text, or whether a switch is on.
    inputs: Mapping[str, Any] = field(default_factory=dict)
    events: frozenset[str] = frozenset()
    conditions: tuple[ConditionRow, ...] = ()
    headers: tuple[HeaderRow, ...] = ()
    payload: PayloadValues = field(default_factory=PayloadValues)
    # To be turned on when it is saved.
    active: bool = False
    spare_rows: int = field(default=SPARE_ROWS)

    def __getitem__(self, name: str) -> Any:
        """What stands in an input; empty if nothing does. Templates write `values.timeout_s`."""
        return self.inputs.get(name, "")

    @property
    def rows(self) -> list[HeaderRow]:
        """The header rows to show: those with something in them and some empty ones."""
        return [*self.headers, *[HeaderRow()] * self.spare_rows]

    def without_secrets(self) -> WebhookForm:
        """The same for a page that was refused, which people save, print and send around: no secret headers."""
        return replace(
            self,
            headers=tuple(
                HeaderRow(row.name, again=True) if row.value and has_secret_name(row.name) else row
                for row in self.headers
            ),
        )


def from_settings(settings: Mapping[str, Any], active: bool = False) -> WebhookForm:
    """The fields for stored settings (`services.webhooks.settings_of`)."""
    return WebhookForm(
        inputs=shown_values(settings),
        events=frozenset(settings["events"]),
        conditions=tuple(
            ConditionRow(c["field"], c["op"], _typed(c["value"])) for c in settings["conditions"]
        ),
        headers=tuple(HeaderRow(n, v or "", kept=v is None) for n, v in settings["headers"].items()),
        payload=payload_from_settings(settings),
        active=active,
    )


def first_values(defaults: Mapping[str, Any], name: str = "", url: str = "") -> WebhookForm:
    """The fields of a new webhook: empty but for what it starts with (`services.webhooks.defaults_of`)."""
    first = {"method": METHODS[0], "auth_kind": "none", "name": name, "url": url}
    return WebhookForm(inputs={**first, **shown_values(defaults, SENDING_INPUTS)})


def from_form(form: MultiDict[str, str], before: WebhookForm | None = None) -> WebhookForm:
    """The fields as they were typed; those that were not posted as they were `before`.

    A typed password is not sent back: it would stand in the page.
    """
    before = before or first_values(Sending().model_dump())
    kept = {row.name.lower() for row in before.headers if row.kept}
    return WebhookForm(
        inputs={**before.inputs, **typed_values(form)},
        events=frozenset(filter(None, form.getlist("events"))) if "events" in form else before.events,
        conditions=_typed_conditions(form) if has_conditions(form) else before.conditions,
        headers=tuple(HeaderRow(n, v, not v and n.lower() in kept) for n, v in _typed_headers(form))
        if "header_name" in form
        else before.headers,
        payload=payload_from_form(form) if "payload_mode" in form else before.payload,
        active=bool(form.getlist("active")[-1]) if "active" in form else before.active,
        spare_rows=SPARE_ROWS + (4 if "add_rows" in form else 0),
    )


def to_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes, in the shape of the API: only what was posted.

    Raises `Invalid` for a header that stands twice.
    """
    data = {**input_data(form), **payload_data(form)}
    if form.get("auth_password"):
        data.setdefault("auth", {})["password"] = form["auth_password"]
    if "events" in form:
        data["events"] = [key for key in form.getlist("events") if key]
    if has_conditions(form):
        data["conditions"] = [
            {"field": c.field, "op": c.op, "value": c.value} for c in _typed_conditions(form)
        ]
    if "header_name" in form:
        _refuse_repeats(name for name, _value in _typed_headers(form))
        data["headers"] = {name: value or None for name, value in _typed_headers(form)}
    return data


def has_conditions(form: MultiDict[str, str]) -> bool:
    """True if the part with the conditions was posted: it may have no row."""
    return "conditions" in form or "condition_field" in form


def _typed_headers(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    pairs = zip(form.getlist("header_name"), form.getlist("header_value"), strict=False)
    return [
        (name.strip(), value.strip())
        for name, value in list(pairs)[:MOST_ROWS]
        if name.strip() or value.strip()
    ]


def _typed_conditions(form: MultiDict[str, str]) -> tuple[ConditionRow, ...]:
    """The conditions as typed, with a row more or less if one of those buttons was pressed."""
    columns = [form.getlist(f"condition_{name}") for name in ("field", "op", "value")]
    rows = [ConditionRow(f.strip(), op, value.strip()) for f, op, value in zip(*columns, strict=False)]
    gone = form.get("remove_condition", "")
    kept = [row for n, row in enumerate(rows) if str(n) != gone and (row.field or row.value)]
    fresh = [ConditionRow(fresh=True)] if "add_condition" in form else []
    return tuple(kept[:MOST_ROWS] + fresh)


def _typed(value: object) -> str:
    """A value that a program may have set, as a person would type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


ONLY_SHOW = ("add_rows", "add_condition", "remove_condition", "try_conditions", "show_preview")


def only_shows(form: MultiDict[str, str]) -> bool:
    """True if a button was pressed that only changes what the form shows: nothing is stored."""
    return any(name in form for name in ONLY_SHOW)


def _refuse_repeats(names: Iterable[str]) -> None:
    """The API's headers are an object, in which a second one of the same name would vanish without a word."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        message = _("The request header %(name)s stands twice.", name=repeated[0] or _("without a name"))
        raise Invalid([FieldError("headers", message)])
