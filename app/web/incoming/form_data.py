"""The form of an incoming webhook: what stands in its fields, and what a service takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

# So that creating one takes no click besides the button.
FIRST_TOOL = "crm"


@dataclass(frozen=True, slots=True)
class IncomingForm:
    """What stands in the fields. networks: one a line."""

    name: str = ""
    tools: frozenset[str] = frozenset({FIRST_TOOL})
    active: bool = True
    methods: frozenset[str] = frozenset()
    read_only: bool = False
    networks: str = ""
    rate_per_minute: str = ""


def from_settings(settings: Mapping[str, Any]) -> IncomingForm:
    """The fields for stored settings."""
    return IncomingForm(
        settings["name"],
        frozenset(settings["tools"]),
        settings["active"],
        frozenset(settings["methods"]),
        settings["read_only"],
        "\n".join(settings["networks"]),
        str(settings["rate_per_minute"] or ""),
    )


def from_form(form: MultiDict[str, str]) -> IncomingForm:
    """As it was typed."""
    return IncomingForm(
        form.get("name", ""),
        frozenset(form.getlist("tools")),
        "active" in form,
        frozenset(form.getlist("methods")),
        "read_only" in form,
        form.get("networks", ""),
        form.get("rate_per_minute", ""),
    )


def to_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes."""
    return {
        "name": form.get("name", ""),
        "tools": form.getlist("tools"),
        "active": "active" in form,
        "methods": form.getlist("methods"),
        "read_only": "read_only" in form,
        "networks": form.get("networks", "").replace(",", " ").split(),
        "rate_per_minute": form.get("rate_per_minute", "").strip() or None,
    }
