"""What an admin or a program may set on a webhook. One schema for the form and for JSON.

The context given to `check` carries what a rule needs from outside: `policy` (OutboundPolicy) and
`catalogue` (Catalogue of the space), `uses_oauth` (is there one of this id in the space?).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field, ValidationInfo, field_validator

from app.catalogue import Catalogue
from app.core.exact_json import ExactNumber
from app.core.validation import PRINTABLE, OneOf, Schema
from app.models.condition import CONTAINS, GREATER, LESS, can_be_ordered
from app.models.webhook import METHODS
from app.outbound import AddressRefused, check_address
from app.sending.message.own_headers import HeaderRefused, check_header
from app.sending.message.rendering import METHODS_WITHOUT_BODY
from app.services.event_types import unknown_type_sentence
from app.services.webhooks.fields import Choice, Option, Setting, Text, Words, part_of, table_of
from app.services.webhooks.payload import Payload
from app.services.webhooks.sending import Sending

Name = Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
ProjectId = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra={"type": ["string", "integer"]}),
    PRINTABLE,
]
MAX_HEADERS = 30
MAX_VALUE = 1000
# Stands for a stored value while the name of its header is checked.
KEPT = "kept"


_AUTH = Choice(
    (
        Option("none", _l("None: the signature is enough")),
        Option("basic", _l("User name and password (Basic)")),
        Option("oauth", _l("An access token of an OAuth connection")),
    )
)
_IN_THE_ADDRESS = _l("values go into the address")
_METHODS = Choice(
    tuple(Option(name, name, _IN_THE_ADDRESS if name in METHODS_WITHOUT_BODY else "") for name in METHODS)
)


class Auth(Schema):
    """How we prove to the receiver who we are. `password` None keeps the one that is stored."""

    kind: Annotated[Literal["none", "basic", "oauth"], Setting(_l("Authentication"), "auth_kind", _AUTH)] = (
        "none"
    )
    username: Annotated[
        str, Field(max_length=200, validate_default=True), Setting(_l("User name"), "auth_username", Text())
    ] = ""
    password: Annotated[
        Annotated[str, Field(max_length=1000)] | None, Setting(_l("Password"), secret=True)
    ] = None
    credential_id: Annotated[
        str | None,
        Field(max_length=40, validate_default=True),
        Setting(
            _l("OAuth connection from the list"),
            "oauth_credential_id",
            Text(),
            named="auth_credential_id",
            refers=True,
        ),
    ] = None

    @field_validator("username")
    @classmethod
    def _usable(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("kind") != "basic":
            return ""
        if not value:
            raise ValueError(_("Enter the user name."))
        if ":" in value:  # RFC 7617: the colon ends the user name
            raise ValueError(_("A user name for Basic authentication cannot contain a colon."))
        return value

    @field_validator("credential_id")
    @classmethod
    def _of_this_space(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("kind") != "oauth":
            return None
        if not value or not info.context["has_oauth_credential"](value):  # type: ignore[index]
            raise ValueError(_("Choose an OAuth connection from the list."))
        return value


class ConditionIn(Schema):
    """Send only if a field of the data fits (`app.models.condition` says what that means)."""

    field: Name
    op: Literal["is", "is_not", "contains", "greater", "less"] = "is"
    value: str | bool | int | float | None = Field(default="", validate_default=True)

    @field_validator("value", mode="before")
    @classmethod
    def _comparable(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and not isinstance(value, (str, bool, int, float)):
            raise ValueError(_("Enter text, a number, true or false."))
        if isinstance(value, (str, ExactNumber)) and len(str(value)) > MAX_VALUE:
            raise ValueError(_("Use at most %(n)s characters.", n=MAX_VALUE))
        op = info.data.get("op")
        if op in (GREATER, LESS) and not can_be_ordered(value):
            raise ValueError(_("Enter a number, or a day such as 2026-11-21."))
        if op == CONTAINS and value in (None, ""):
            raise ValueError(_("Enter what the field must contain."))
        return "" if value is None else _kept(value)


def _kept(value: str | float) -> str | float:
    """As settings can keep it: a number with more digits than a double has becomes text, and loses none."""
    if isinstance(value, ExactNumber) and value.decimal() != Decimal(repr(float(value))):
        return value.text
    return value


class Subscribing(Schema):
    """What a webhook is for, where it sends, and what: each webhook has its own."""

    name: Annotated[Name, Setting(_l("Name"), "name", Text())]
    url: Annotated[str, Field(min_length=1, max_length=2000), Setting(_l("Address"), "url", Text())]
    events: Annotated[list[str], Field(min_length=1, max_length=500), Setting(_l("Events"))]
    method: Annotated[str, OneOf(METHODS), Setting(_l("Method"), "method", _METHODS)] = "POST"
    projects: Annotated[
        list[ProjectId], Field(max_length=500), Setting(_l("Projects"), "projects", Words())
    ] = Field(default_factory=list)
    conditions: Annotated[
        list[ConditionIn], Field(max_length=20), Setting(_l("Conditions"), "conditions")
    ] = Field(default_factory=list)
    auth: Auth = Field(default_factory=Auth)
    headers: dict[str, str | None] = Field(default_factory=dict)
    payload: Payload = Field(default_factory=Payload)

    @field_validator("url", mode="before")
    @classmethod
    def _as_typed(cls, value: Any) -> Any:
        """Text loses the white space around it, as it comes along when people paste."""
        return value.strip() if isinstance(value, str) else value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        try:
            return check_address(value, info.context["policy"])  # type: ignore[index]
        except AddressRefused as refused:
            raise ValueError(_(refused.field_message)) from None

    @field_validator("events")
    @classmethod
    def _known(cls, value: list[str], info: ValidationInfo) -> list[str]:
        catalogue: Catalogue = info.context["catalogue"]  # type: ignore[index]
        for key in value:
            if catalogue.get(key) is None:
                raise ValueError(_why_unknown(catalogue, key))
        return list(dict.fromkeys(value))

    @field_validator("projects", mode="before")
    @classmethod
    def _numbers_as_text(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        return [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in value]

    @field_validator("headers")
    @classmethod
    def _allowed(cls, value: dict[str, str | None]) -> dict[str, str | None]:
        if len(value) > MAX_HEADERS:
            raise ValueError(_("Use at most %(n)s request headers.", n=MAX_HEADERS))
        if len({name.lower() for name in value}) < len(value):
            raise ValueError(_("A request header stands twice."))
        for name, text in value.items():
            try:
                check_header(name, KEPT if text is None else text)
            except HeaderRefused as refused:
                raise ValueError(_(refused.message, **refused.facts)) from None
        return value


class WebhookIn(Sending, Subscribing):
    """All settings of a webhook."""


# Every setting by its dotted name, and those that are objects, of which a change may name some members only.
SETTINGS = table_of(WebhookIn)
PARTS = frozenset(name for name, info in WebhookIn.model_fields.items() if part_of(info))


def _why_unknown(catalogue: Catalogue, key: str) -> str:
    """Why this key cannot be chosen: the pair makes no sense, or the nearest names."""
    thing, _dot, action = key.partition(".")
    types = [t for group in catalogue.groups for t in group.event_types]
    known = any(t.object == thing for t in types) and any(t.action == action for t in types)
    why = catalogue.why_not(thing, action) if known else None
    return _(why) if why else unknown_type_sentence(key, catalogue.nearest(key))
