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
        frozenset(_chosen(form, "tools")),
        bool(_chosen(form, "active")),
        frozenset(_chosen(form, "methods")),
        bool(_chosen(form, "read_only")),
        form.get("networks", ""),
        form.get("rate_per_minute", ""),
    )


def to_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes."""
    return {
        "name": form.get("name", ""),
        "tools": _chosen(form, "tools"),
        "active": bool(_chosen(form, "active")),
        "methods": _chosen(form, "methods"),
        "read_only": bool(_chosen(form, "read_only")),
        "networks": form.get("networks", "").replace(",", " ").split(),
        "rate_per_minute": form.get("rate_per_minute", "").strip() or None,
    }


def _chosen(form: MultiDict[str, str], name: str) -> list[str]:
    """The checked boxes of a name; each stands behind an empty value that is always there."""
    return [value for value in form.getlist(name) if value]
