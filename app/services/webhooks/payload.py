"""What of an event is sent: everything, or chosen fields under names of their own (A9)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from pydantic import Field, ValidationInfo, field_validator

from app.core.validation import PRINTABLE, Schema
from app.models import Webhook

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


class Payload(Schema):
    """raw: all data; fields: only these, in this order. One that an event does not have is sent as null."""

    mode: Literal["raw", "fields"] = "raw"
    fields: Annotated[list[PayloadField], Field(max_length=MAX_FIELDS, validate_default=True)] = Field(
        default_factory=list
    )

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

    signature_version: Literal["1", "2"] = "1"


def payload_of(webhook: Webhook) -> dict[str, Any]:
    """What a webhook sends, in the shape of `Payload`."""
    if webhook.payload_fields is None:
        return {"mode": "raw", "fields": []}
    return {"mode": "fields", "fields": list(webhook.payload_fields)}
