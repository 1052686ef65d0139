"""What may be set on a source. One schema for the form and for whoever calls the service."""

from __future__ import annotations

import base64
import re
from typing import Annotated, Any, Literal

from flask_babel import gettext as _
from pydantic import Field, ValidationInfo, field_validator, model_validator

from app.core.validation import PRINTABLE, Schema
from app.models.incoming_source import BASIC, HMAC, NONE, STANDARD
from app.services.webhooks.payload import Payload

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
Short = Annotated[str, Field(max_length=200), PRINTABLE]


class HmacOptions(Schema):
    """How the preset `hmac` signs: the header, what stands before the signature, and how it is written.

    `id_header`: where the sender names its message, so that a repeat is known.
    """

    header: Annotated[str, Field(min_length=1, max_length=100)] = "X-Signature"
    prefix: Annotated[str, Field(max_length=50), PRINTABLE] = ""
    algorithm: Literal["sha256", "sha512", "sha1"] = "sha256"
    encoding: Literal["hex", "base64"] = "hex"
    id_header: Annotated[str, Field(max_length=100)] = ""

    @field_validator("header", "id_header")
    @classmethod
    def _is_a_header(cls, value: str) -> str:
        if value and not HEADER.fullmatch(value):
            raise ValueError(_("Enter the name of a header, such as X-Signature."))
        return value


class SourceIn(Schema):
    """A source. `key` ends its address: `{address}/events/v1/{key}`.

    `secret` null keeps the one that is stored. `event_type`, or `type_path` with `type_prefix`: which event a message
    becomes; neither: the newest message is kept to choose from. `payload`: what of it becomes data.
    """

    key: Annotated[str, Field(min_length=1, max_length=100)]
    preset: Literal["standard", "github", "stripe", "shopify", "slack", "hmac", "basic", "none"]
    secret: Annotated[str, Field(max_length=500)] | None = None
    user: Annotated[str, Field(max_length=200)] = ""
    options: HmacOptions = Field(default_factory=HmacOptions)
    event_type: Annotated[str, Field(max_length=100), PRINTABLE] = ""
    type_path: Short = ""
    type_prefix: Annotated[str, Field(max_length=50), PRINTABLE] = ""
    payload: Payload = Field(default_factory=Payload)
    object_id_path: Short = ""

    @field_validator("key")
    @classmethod
    def _fits_an_address(cls, value: str) -> str:
        if not KEY.fullmatch(value):
            raise ValueError(_("Use letters, digits, dots, dashes and underscores, such as github."))
        return value

    @field_validator("secret")
    @classmethod
    def _usable_secret(cls, value: str | None, info: ValidationInfo) -> str | None:
        preset = info.data.get("preset")
        if not value or preset == NONE:
            return None
        if preset == STANDARD and not _is_standard_secret(value):
            raise ValueError(_("Enter the signing secret as the sender shows it: it starts with whsec_."))
        return value

    @model_validator(mode="after")
    def _one_way_to_the_type(self) -> SourceIn:
        if self.event_type and self.type_path:
            raise ValueError(_("Choose one event, or where the message says it, not both."))
        return self

    def kept_options(self) -> dict[str, Any]:
        """What is stored of the options."""
        return self.options.model_dump() if self.preset == HMAC else {"id_header": self.options.id_header}

    def kept_secret(self) -> str | None:
        """What is stored, encrypted, of the secret; None: as before."""
        if self.secret is None:
            return None
        return f"{self.user}:{self.secret}" if self.preset == BASIC else self.secret


def _is_standard_secret(text: str) -> bool:
    try:
        return bool(base64.b64decode(text.removeprefix("whsec_") + "==", validate=False))
    except ValueError:
        return False
