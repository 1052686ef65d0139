"""What of an event is sent: everything, or chosen fields under names of their own (A9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from pydantic import Field, ValidationInfo, field_validator

from app.core.validation import PRINTABLE, Schema
from app.models import Webhook
from app.services.webhooks.fields import Choice, Option, Setting

MAX_FIELDS = 200
MAX_LENGTH = 200

Text = Annotated[str, Field(min_length=1, max_length=MAX_LENGTH), PRINTABLE]


class PayloadField(Schema):
    """A field by its path in the data (`contact.email`), and the key it is sent as: its path if left out."""

    path: Text
    name: Annotated[str, Field(max_length=MAX_LENGTH, validate_default=True), PRINTABLE] = ""

    @field_validator("name")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        return value.strip() or info.data.get("path", "")


_MODES = Choice(
    (
        Option("raw", _l("Everything"), _l("All data of the event.")),
        Option("fields", _l("Chosen fields"), _l("Only what you pick, each under a name of your own.")),
    )
)
_SNS_VERSIONS = Choice(
    (Option("1", _l("1 (SHA-1), as Amazon does by default")), Option("2", _l("2 (SHA-256)")))
)


class Payload(Schema):
    """raw: all data; fields: only these, in this order. One that an event does not have is sent as null."""

    mode: Annotated[
        Literal["raw", "fields"], Setting(_l("Data sent"), input=_MODES, named="payload_mode")
    ] = "raw"
    fields: Annotated[
        list[PayloadField],
        Field(max_length=MAX_FIELDS, validate_default=True),
        Setting(_l("Fields sent")),
    ] = Field(default_factory=list)

    @field_validator("fields")
    @classmethod
    def _usable(cls, value: list[PayloadField], info: ValidationInfo) -> list[PayloadField]:
        if info.data.get("mode") != "fields":
            return []
        if not value:
            raise ValueError(_("Choose at least one field, or send everything."))
        names = [field.name for field in value]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(_("Two fields cannot be sent under the same name: “%(name)s”.", name=name))
        return value

    def stored(self) -> list[dict[str, str]] | None:
        """The fields as a webhook keeps them; None: all data."""
        return [field.model_dump() for field in self.fields] if self.mode == "fields" else None


class Sns(Schema):
    """How messages of the format sns are signed: 1 with SHA-1, as Amazon does by default, 2 with SHA-256."""

    signature_version: Annotated[
        Literal["1", "2"], Setting(_l("Amazon SNS signature version"), "sns_version", _SNS_VERSIONS)
    ] = "1"


def payload_of(webhook: Webhook) -> dict[str, Any]:
    """What a webhook sends, in the shape of `Payload`."""
    if webhook.payload_fields is None:
        return {"mode": "raw", "fields": []}
    return {"mode": "fields", "fields": list(webhook.payload_fields)}
