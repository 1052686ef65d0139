"""The inputs of a webhook's settings, each kind once: what stands in it, and what of it is stored.

What there is comes from the table (`app.services.webhooks.fields`). An input that was not posted says nothing of
its setting: what is stored stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict

from app.core.errors import FieldError
from app.services.webhooks.fields import Number, Schedule, Setting, Switch, Words, put_at, table_of, value_at
from app.services.webhooks.schema import SETTINGS
from app.services.webhooks.sending import Sending

_NUMBER = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
# Gaps of a person's own, between commas, stand in an input beside the choice.
OWN = "own"

INPUTS = {name: setting for name, setting in SETTINGS.items() if setting.input}
SENDING_INPUTS = {name: setting for name, setting in table_of(Sending).items() if setting.input}
Values = dict[str, Any]


def settings_of_part(part: str) -> list[tuple[str, Setting]]:
    """(name, setting) of what a part of the form shows one below the other."""
    return [(name, setting) for name, setting in INPUTS.items() if setting.part == part]


def shown_values(settings: Mapping[str, Any], inputs: Mapping[str, Setting] = INPUTS) -> Values:
    """What stands in the inputs for stored settings, by their names."""
    values: Values = {}
    for name, setting in inputs.items():
        values |= _shown(setting, value_at(settings, name))
    return values


def typed_values(form: MultiDict[str, str]) -> Values:
    """What stands in the inputs that were posted, as it was typed."""
    values: Values = {}
    for setting in INPUTS.values():
        for name in (setting.input_name, f"{setting.input_name}_{OWN}"):
            if name in form:
                last = form.getlist(name)[-1]
                values[name] = bool(last) if isinstance(setting.input, Switch) else last
    return values


def input_data(form: MultiDict[str, str], inputs: Mapping[str, Setting] = INPUTS) -> dict[str, Any]:
    """The settings that were posted, in the shape of the API."""
    data: dict[str, Any] = {}
    for name, setting in inputs.items():
        if setting.input_name in form:
            put_at(data, name, _read(setting, form))
    return data


def named_errors(errors: list[FieldError]) -> list[FieldError]:
    """The errors of numbers as sentences that name them: the summary stands far from the fields."""
    return [FieldError(e.field, _ask(e.field) or e.message) for e in errors]


def split(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _ask(field: str) -> str:
    setting = SETTINGS.get(field)
    return str(setting.input.ask) if setting and isinstance(setting.input, Number) else ""


def _shown(setting: Setting, value: Any) -> Values:
    name, kind = setting.input_name, setting.input
    if isinstance(kind, Switch):
        return {name: bool(value)}
    if isinstance(kind, Number):
        return {name: "" if value is None else _scaled(value, kind.scale)}
    if isinstance(kind, Words):
        return {name: ", ".join(value)}
    if isinstance(kind, Schedule):
        known = next((key for key, gaps in kind.known.items() if gaps == tuple(value)), OWN)
        return {name: known, f"{name}_{OWN}": ", ".join(map(str, value)) if known == OWN else ""}
    return {name: value or ""}


def _read(setting: Setting, form: MultiDict[str, str]) -> Any:
    """The stored form of what was typed; what cannot be read goes on as it is, so that the schema can say so."""
    # A switch posts an empty value before its own, so that "off" is told from "not there".
    text, kind = form.getlist(setting.input_name)[-1], setting.input
    if isinstance(kind, Switch):
        return bool(text)
    if isinstance(kind, Number):
        return _unscaled(text, kind.scale) or None
    if isinstance(kind, Words):
        return split(text)
    if isinstance(kind, Schedule):
        return (
            list(kind.known[text])
            if text in kind.known
            else split(form.get(f"{setting.input_name}_{OWN}", ""))
        )
    return text or (None if setting.refers else "")


def _scaled(value: int, scale: int) -> str:
    return str(value) if scale == 1 else f"{value / scale:.3f}".rstrip("0").rstrip(".")


def _unscaled(text: str, scale: int) -> str:
    point = text.strip().replace(",", ".")
    return str(round(float(point) * scale)) if scale != 1 and _NUMBER.fullmatch(point) else text.strip()
