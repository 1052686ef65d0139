"""What can be set of a space, by a page or by the API."""

from __future__ import annotations

from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from flask_babel import gettext as _
from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from app.core.validation import PRINTABLE, Schema

# What pages and letters are written in.
LANGUAGES = ("en",)


@cache
def time_zones() -> tuple[str, ...]:
    """The names of the IANA database that this machine knows, by continent and city."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


def _known_zone(name: str) -> str:
    if name and name not in time_zones():
        raise ValueError(_("Enter a time zone such as Europe/Kyiv, or UTC."))
    return name


def known_language(name: str) -> str:
    """A language that we speak. Raises ValueError with a sentence."""
    if name not in LANGUAGES:
        raise ValueError(_("Choose one of: %(choices)s.", choices=", ".join(LANGUAGES)))
    return name


Name = Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]
Language = Annotated[str, Field(max_length=8), AfterValidator(known_language)]


class SpaceIn(Schema):
    """What a host product says of a space. What is left out stays."""

    name: Name
    time_zone: TimeZone | None = None
    language: Language | None = None


class SpaceSettings(Schema):
    """What its people say of it; all of it each time. `time_zone` empty: as each browser has it.

    The context of the check has `longest_days`: how long the instance keeps things.
    """

    name: Name
    time_zone: TimeZone = ""
    language: Language = "en"
    retention_days: Annotated[int, Field(ge=1)] | None = None

    @field_validator("retention_days", mode="before")
    @classmethod
    def _empty_is_none(cls, days: object) -> object:
        return None if days == "" else days

    @field_validator("retention_days")
    @classmethod
    def _within_the_instance(cls, days: int | None, info: ValidationInfo) -> int | None:
        longest = (info.context or {})["longest_days"]
        if days is not None and days > longest:
            raise ValueError(_("Enter %(n)s or less: nothing is kept longer here.", n=longest))
        return days
