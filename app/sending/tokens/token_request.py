"""An OAuth credential in the clear, and the requests to its token server (RFC 6749). Lives in memory only."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import orjson

from app.core.version import __version__
from app.models.oauth_credential import AUTHORIZATION_CODE, REFRESH_TOKEN
from app.outbound import Request
from app.sending.message.masking import Scrubber
from app.sending.message.parameters import with_query

QUERY, FORM, JSON, BASIC = "query", "form", "json", "basic"
METHODS = ("POST", "GET")

# Stands for the code that the Connect button brings (S2).
GENERATED_CODE = "{{generated_code}}"

# Everything else may be a secret, so it is never shown: "any other" parameter is allowed.
SHOWN = frozenset(
    {
        *("client_id", "grant_type", "scope", "scopes", "audience", "resource", "username"),
        *("redirect_uri", "response_type", "tenant", "tenant_id", "realm"),
    }
)
# What belongs to the first grant alone and has no place in a later renewal.
_OF_FIRST_GRANT = frozenset(
    {"grant_type", "code", "redirect_uri", "code_verifier", "username", "password", "refresh_token"}
)
_HEADERS = [("Accept", "application/json"), ("User-Agent", f"Hookdesk/{__version__}")]


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code that Connect brought, with what proves that we asked for it (PKCE, RFC 7636)."""

    code: str
    redirect_uri: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to ask a token server. `scrub` takes the secrets out of what it answers."""

    name: str
    grant: str
    token_url: str
    method: str
    send_in: str
    parameters: Mapping[str, str]
    scrub: Scrubber


def recipe_from(row: Mapping[str, object], parameters: Mapping[str, str], *more_secrets: str) -> Recipe:
    """A recipe from the columns of `oauth_credential` and its parameters in the clear."""
    secrets = [value for name, value in parameters.items() if is_secret(name, value)]
    return Recipe(
        name=str(row["name"]),
        grant=str(row["grant"]),
        token_url=str(row["token_url"]),
        method=str(row["method"]),
        send_in=str(row["send_in"]),
        parameters=parameters,
        scrub=Scrubber([*secrets, *(secret for secret in more_secrets if secret)]),
    )


def is_secret(name: str, value: str) -> bool:
    """True if the value of this parameter is never shown."""
    return bool(value) and name.lower() not in SHOWN and value != GENERATED_CODE


def first_parameters(recipe: Recipe) -> dict[str, str] | None:
    """What to send for the grant as it was set up; None if that needs a code and there is none."""
    parameters = {name: value for name, value in recipe.parameters.items() if value}
    if recipe.grant == AUTHORIZATION_CODE and parameters.get("code", GENERATED_CODE) == GENERATED_CODE:
        return None
    return parameters


def code_parameters(recipe: Recipe, code: Code) -> dict[str, str]:
    """What to send for a code that Connect brought (RFC 6749 4.1.3, RFC 7636 4.5)."""
    own = {name: value for name, value in recipe.parameters.items() if value}
    brought = {"code": code.code, "redirect_uri": code.redirect_uri, "code_verifier": code.verifier}
    return own | {"grant_type": AUTHORIZATION_CODE} | brought


def refresh_parameters(recipe: Recipe, refresh_token: str) -> dict[str, str]:
    """What to send to renew (RFC 6749 6)."""
    kept = {n: v for n, v in recipe.parameters.items() if v and n not in _OF_FIRST_GRANT}
    return kept | {"grant_type": REFRESH_TOKEN, "refresh_token": refresh_token}


def token_request(recipe: Recipe, parameters: Mapping[str, str], timeout_ms: int) -> Request:
    """The request to the token server, the parameters where this server wants them."""
    headers, rest = list(_HEADERS), dict(parameters)
    if recipe.send_in == BASIC:
        headers.append(("Authorization", _basic(rest.pop("client_id", ""), rest.pop("client_secret", ""))))
    if recipe.send_in == QUERY or recipe.method == "GET":
        url = with_query(recipe.token_url, list(rest.items()))
        return Request(recipe.method, url, headers, b"", timeout_ms)
    if recipe.send_in == JSON:
        headers.insert(0, ("Content-Type", "application/json"))
        return Request(recipe.method, recipe.token_url, headers, orjson.dumps(rest), timeout_ms)
    headers.insert(0, ("Content-Type", "application/x-www-form-urlencoded"))
    return Request(recipe.method, recipe.token_url, headers, urlencode(rest).encode(), timeout_ms)


def parameters_from(decrypted: str) -> dict[str, str]:
    """The kept JSON, decrypted, as names and values."""
    read = json.loads(decrypted)
    return {str(name): str(value) for name, value in read.items()}


def _basic(client_id: str, client_secret: str) -> str:
    """RFC 6749 2.3.1: both are form-encoded before they are joined; a space as %20, which every server reads."""
    pair = f"{quote(client_id, safe='')}:{quote(client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
