"""Settings in and out of an OAuth credential's row: what was typed, what is stored, what is shown.

Secret values go in and are never shown again. They belong to one host: when the token address moves to
another one, they must be typed again (security.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import current_app
from flask_babel import gettext as _

from app.core.errors import FieldError, Invalid
from app.core.extensions import vault
from app.core.times import utc_now
from app.core.validation import check
from app.models import OAuthCredential
from app.models.oauth_credential import AUTHORIZATION_CODE, CLIENT_CREDENTIALS, PASSWORD, REFRESH_TOKEN
from app.sending.tokens.token_request import GENERATED_CODE, is_secret, parameters_from
from app.services.oauth_credentials.schema import OAuthCredentialIn

# What a grant cannot do without (RFC 6749 4); a public client has no client_secret.
NEEDED: dict[str, tuple[str, ...]] = {
    CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    AUTHORIZATION_CODE: ("client_id", "code"),
    REFRESH_TOKEN: ("refresh_token",),
    PASSWORD: ("username", "password"),
}
# What stands in for a client's secret (RFC 7523).
ASSERTION = "client_assertion"


def checked(data: Mapping[str, Any]) -> OAuthCredentialIn:
    """What was typed, checked. Raises `Invalid`."""
    return check(OAuthCredentialIn, data, {"policy": current_app.config["SETTINGS"].outbound_policy()})


def stored_parameters(row: OAuthCredential) -> dict[str, str]:
    """The parameters of an OAuth credential, secrets in the clear."""
    return parameters_from(vault().decrypt(row.parameters))


def settings_of(row: OAuthCredential) -> dict[str, Any]:
    """The settings in the shape of `OAuthCredentialIn`; secret values are None."""
    parameters = stored_parameters(row)
    return {
        "name": row.name,
        "token_url": row.token_url,
        "method": row.method,
        "send_in": row.send_in,
        "parameters": {name: None if is_secret(name, value) else value for name, value in parameters.items()},
        "authorize_url": row.authorize_url,
        "hosts": list(row.hosts or []),
    }


def completed(new: OAuthCredentialIn, old: OAuthCredential | None) -> dict[str, str]:
    """The parameters after a change: typed ones, and stored ones where null was sent. Raises `Invalid`."""
    stored = stored_parameters(old) if old else {}
    moved = old is not None and host_of(old.token_url) != host_of(new.token_url)
    errors: list[FieldError] = []
    parameters = {}
    for name, value in new.parameters.items():
        kept = stored.get(name, "")
        if value is None and moved and is_secret(name, kept):
            errors.append(FieldError(f"parameters.{name}", _typed_again(name)))
        parameters[name] = kept if value is None else value
    errors += _missing(parameters, spent=not moved and stored.get("code") == "", known=errors)
    if parameters.get("code") == GENERATED_CODE and not new.authorize_url:
        errors.append(
            FieldError("authorize_url", _("Enter the address where people log in, or type a code in."))
        )
    if errors:
        raise Invalid(errors)
    return parameters


def apply(row: OAuthCredential, new: OAuthCredentialIn, parameters: Mapping[str, str]) -> None:
    """Write checked settings into the row. The caller's transaction stores them."""
    row.name, row.grant = new.name, parameters["grant_type"]
    row.token_url, row.method, row.send_in = new.token_url, new.method, new.send_in
    row.authorize_url, row.hosts = new.authorize_url, list(new.hosts)
    row.parameters = vault().encrypt(orjson.dumps(dict(parameters)).decode())
    row.updated_at = utc_now()
    if row.created_at is None:  # a new one
        row.created_at = row.updated_at


def host_of(url: str) -> tuple[str | None, int | None]:
    """Host and port: what a secret belongs to."""
    parts = urlsplit(url)
    return parts.hostname, parts.port


def parameter_words(name: str) -> str:
    """What a well-known parameter is called on screen; others by their own name."""
    words = {
        "client_id": _("client ID"),
        "client_secret": _("client secret"),
        "code": _("code"),
        "refresh_token": _("refresh token"),
        "username": _("user name"),
        "password": _("password"),
    }
    return words.get(name, name)


def _missing(parameters: Mapping[str, str], spent: bool, known: list[FieldError]) -> list[FieldError]:
    """What the grant needs and is not there. `spent`: the code was used, and need not be typed again."""
    told = {error.field for error in known}
    needed = NEEDED[parameters["grant_type"]]
    return [
        FieldError(f"parameters.{name}", _("Enter the %(what)s.", what=parameter_words(name)))
        for name in needed
        if not parameters.get(name)
        and f"parameters.{name}" not in told
        and not (name == "code" and spent)
        and not (name == "client_secret" and parameters.get(ASSERTION))
    ]


def _typed_again(name: str) -> str:
    return _(
        "The token address is on another host now. Enter the %(what)s again.", what=parameter_words(name)
    )


def waits_for_connect(row: OAuthCredential) -> bool:
    """True if its code comes from the Connect button."""
    return row.grant == AUTHORIZATION_CODE and stored_parameters(row).get("code") == GENERATED_CODE
