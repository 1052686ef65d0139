"""What an admin or a program may set on an OAuth credential. One schema for the form and for JSON.

The context given to `check` carries `policy` (OutboundPolicy): both addresses are held to it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from flask_babel import gettext as _
from pydantic import Field, ValidationInfo, field_validator

from app.core.validation import PRINTABLE, Schema
from app.models.oauth_credential import CLIENT_CREDENTIALS, GRANTS
from app.outbound import AddressRefused, OutboundPolicy, check_address
from app.sending.tokens.token_request import FORM, JSON

MAX_PARAMETERS = 30
MAX_HOSTS, MAX_HOST = 50, 253
MAX_VALUE = 8000
_NAME = re.compile(r"[!-~]{1,100}")

Url = Annotated[str, Field(min_length=1, max_length=2000)]


class OAuthCredentialIn(Schema):
    """All settings of an OAuth credential.

    `parameters` go to the token address as they are; a value of null keeps the one that is stored.
    `send_in`: where they go; `basic` puts client_id and client_secret into the header Authorization.
    `authorize_url`: where people sign in, for Connect; the code is then `{{generated_code}}`.
    `hosts`: the servers that webhooks may send its tokens to. While it is empty, the first webhook that is
    saved with it by somebody who may manage connections names its own.
    """

    name: Annotated[str, Field(min_length=1, max_length=200), PRINTABLE]
    token_url: Url
    method: Literal["POST", "GET"] = "POST"
    send_in: Annotated[Literal["query", "form", "json", "basic"], Field(validate_default=True)] = "form"
    parameters: dict[str, str | None]
    authorize_url: Url | None = None
    hosts: Annotated[list[str], Field(max_length=MAX_HOSTS)] = Field(default_factory=list)

    @field_validator("token_url", "authorize_url", mode="before")
    @classmethod
    def _as_typed(cls, value: Any) -> Any:
        """Text loses the white space around it, as it comes along when people paste."""
        return value.strip() if isinstance(value, str) else value

    @field_validator("token_url", "authorize_url")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        try:
            return check_address(value, info.context["policy"]) if value else None  # type: ignore[index]
        except AddressRefused as refused:
            raise ValueError(_(refused.field_message)) from None

    @field_validator("hosts")
    @classmethod
    def _names_of_servers(cls, value: list[str], info: ValidationInfo) -> list[str]:
        return sorted({_host_in(host.strip(), info.context["policy"]) for host in value})  # type: ignore[index]

    @field_validator("send_in")
    @classmethod
    def _fits_method(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("method") == "GET" and value in (FORM, JSON):
            raise ValueError(_("GET has no body: choose the address or Basic, or change the method to POST."))
        return value

    @field_validator("parameters", mode="before")
    @classmethod
    def _numbers_as_text(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {n: str(v) if isinstance(v, int) and not isinstance(v, bool) else v for n, v in value.items()}

    @field_validator("parameters")
    @classmethod
    def _usable(cls, value: dict[str, str | None]) -> dict[str, str | None]:
        if len(value) > MAX_PARAMETERS:
            raise ValueError(_("Use at most %(n)s parameters.", n=MAX_PARAMETERS))
        value.setdefault("grant_type", CLIENT_CREDENTIALS)
        if value["grant_type"] not in GRANTS:
            raise ValueError(_("Set grant_type to one of: %(grants)s.", grants=", ".join(GRANTS)))
        for name, text in value.items():
            _check_parameter(name, text or "")
        return value


def _host_in(text: str, policy: OutboundPolicy) -> str:
    """The name of a server as it stands in the address of a webhook. Raises `ValueError`."""
    wrong = ValueError(
        _("“%(host)s” is not the name of a server. Enter one such as api.example.com.", host=text[:100])
    )
    if not text or len(text) > MAX_HOST or any(sign in text for sign in "/:?#@[]"):
        raise wrong
    try:
        return urlsplit(check_address(f"https://{text}/", policy)).hostname or ""
    except AddressRefused:
        raise wrong from None


def _check_parameter(name: str, text: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(_("The name of a parameter has 1 to 100 characters without spaces."))
    if len(text) > MAX_VALUE:
        raise ValueError(_("The value of %(name)s is longer than %(n)s characters.", name=name, n=MAX_VALUE))
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text) or "\ufffd" in text:
        raise ValueError(_("The value of %(name)s holds characters that cannot be sent.", name=name))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(
            _("The value of %(name)s holds characters that cannot be sent.", name=name)
        ) from None
