"""What may be set on an incoming webhook. One schema for the form and for JSON (api.md)."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Any

from flask_babel import gettext as _
from pydantic import Field, field_validator

from app.core.validation import PRINTABLE, Schema
from app.models.incoming_webhook import METHODS
from app.services.incoming.tools import tools

MOST_NETWORKS = 50
FASTEST_PER_MINUTE = 60_000


class IncomingWebhookIn(Schema):
    """All settings. `methods` and `networks` (CIDR, or a single address): empty for all of them.

    `rate_per_minute`: null for as quick as a key of the API.
    """

    name: Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
    tools: Annotated[list[str], Field(min_length=1, max_length=50)]
    active: bool = True
    methods: Annotated[list[str], Field(max_length=10)] = Field(default_factory=list)
    read_only: bool = False
    networks: Annotated[list[str], Field(max_length=MOST_NETWORKS)] = Field(default_factory=list)
    rate_per_minute: Annotated[int, Field(ge=1, le=FASTEST_PER_MINUTE)] | None = None

    @field_validator("tools")
    @classmethod
    def _known_tools(cls, value: list[str]) -> list[str]:
        return _chosen(value, list(tools()))

    @field_validator("methods", mode="before")
    @classmethod
    def _upper_case(cls, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return [one.strip().upper() if isinstance(one, str) else one for one in value]

    @field_validator("methods")
    @classmethod
    def _known_methods(cls, value: list[str]) -> list[str]:
        return _chosen(value, METHODS)

    @field_validator("networks")
    @classmethod
    def _readable_networks(cls, value: list[str]) -> list[str]:
        return list(dict.fromkeys(_network(text.strip()) for text in value if text.strip()))


def _chosen(value: list[str], among: Any) -> list[str]:
    """Those of the list, each once and in its order. Raises ValueError with a sentence."""
    if unknown := [one for one in value if one not in among]:
        names, choices = ", ".join(unknown)[:100], ", ".join(among)
        raise ValueError(
            _("There is no “%(names)s” here. Choose from: %(choices)s.", names=names, choices=choices)
        )
    return [one for one in among if one in value]


def _network(text: str) -> str:
    try:
        return str(ip_network(text, strict=False))
    except ValueError:
        raise ValueError(
            _("“%(text)s” is no network. Enter one such as 203.0.113.0/24.", text=text[:50])
        ) from None
