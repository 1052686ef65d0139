"""The provider: what it says about itself, its keys, and the exchange of a code for an ID token.

What it says about itself and its keys are kept for an hour.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import structlog
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url
from flask import current_app
from flask_babel import gettext as _

from app.core.errors import ServiceError
from app.core.expiring_cache import ExpiringCache
from app.core.extensions import db
from app.core.settings import Settings
from app.core.single_sign_on import SingleSignOn
from app.core.version import __version__
from app.outbound import AddressRefused, Request, check_address, send_one
from app.services.other_servers import asking_others

TIMEOUT_MS = 5000
# All log-ins together have a share of the calls to other servers, beside those of the spaces.
SHARE = "single sign-on"
_JSON = [("Accept", "application/json"), ("User-Agent", f"Hookdesk/{__version__}")]

log = structlog.get_logger(__name__)

_said: ExpiringCache[dict[str, Any]] = ExpiringCache(seconds=3600)


class SignOnFailed(ServiceError):
    """It did not work; the text is a sentence for the person who wanted to log in."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def configured() -> SingleSignOn | None:
    """The provider from the settings."""
    found: SingleSignOn | None = current_app.config["SETTINGS"].single_sign_on
    return found


def metadata(provider: SingleSignOn) -> dict[str, Any]:
    """What it says about itself (OpenID Connect Discovery 1.0, section 4). Raises `SignOnFailed`."""
    url = get_well_known_url(provider.issuer, external=True)
    said = _said.get(url)
    if said is None:
        said = OpenIDProviderMetadata(_get(provider, url))
        if said.get("issuer") != provider.issuer:
            raise _failed(provider, "it calls itself another issuer", issuer=said.get("issuer"))
        missing = {"authorization_endpoint", "token_endpoint", "jwks_uri"} - set(said)
        if missing:
            raise _failed(provider, "its metadata is incomplete", missing=sorted(missing))
        _said.put(url, said)
    return said


def keys(provider: SingleSignOn, anew: bool = False) -> dict[str, Any]:
    """Its public keys (a JWK Set). `anew`: it signed with one that we do not know. Raises `SignOnFailed`."""
    url = str(metadata(provider)["jwks_uri"])
    found = None if anew else _said.get(url)
    if found is None:
        found = _get(provider, url)
        _said.put(url, found)
    return found


def exchange_code(provider: SingleSignOn, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
    """The tokens for a code (RFC 6749, section 4.1.3; RFC 7636). Raises `SignOnFailed`."""
    said = metadata(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    headers = [*_JSON, ("Content-Type", "application/x-www-form-urlencoded")]
    if "client_secret_basic" in said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        headers.append(("Authorization", _basic(provider)))
    else:
        form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
    return _ask(provider, "POST", str(said["token_endpoint"]), headers, urlencode(form).encode())


def user_info(provider: SingleSignOn, access_token: str) -> dict[str, Any]:
    """What it tells about the person besides the ID token; nothing if it has no address for that."""
    url = metadata(provider).get("userinfo_endpoint")
    if not url or not access_token.isascii() or not access_token.isprintable():
        return {}
    return _ask(provider, "GET", str(url), [*_JSON, ("Authorization", f"Bearer {access_token}")])


def _basic(provider: SingleSignOn) -> str:
    """RFC 6749, section 2.3.1: both are encoded as in a form before they are joined."""
    pair = f"{quote(provider.client_id, safe='')}:{quote(provider.client_secret, safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _get(provider: SingleSignOn, url: str) -> dict[str, Any]:
    return _ask(provider, "GET", url, _JSON)


def _ask(
    provider: SingleSignOn, method: str, url: str, headers: list[tuple[str, str]], body: bytes = b""
) -> dict[str, Any]:
    settings: Settings = current_app.config["SETTINGS"]
    policy = provider.policy(url, settings.outbound_policy())
    try:
        request = Request(method, check_address(url, policy), headers, body, TIMEOUT_MS)
    except AddressRefused as refused:
        raise _failed(provider, "its address is refused", because=str(refused)) from None
    db.session.commit()  # no transaction stays open while it answers
    with asking_others(SHARE):
        exchange = send_one(request, policy)
    if exchange.fault or exchange.status != 200:
        raise _failed(provider, "no good answer", fault=exchange.fault, status=exchange.status, method=method)
    try:
        answer = json.loads(exchange.body)
    except ValueError:
        raise _failed(provider, "its answer is not JSON", method=method) from None
    if not isinstance(answer, Mapping):
        raise _failed(provider, "its answer is not an object", method=method)
    return dict(answer)


def _failed(provider: SingleSignOn, why: str, **facts: object) -> SignOnFailed:
    """The reason is for whoever runs Hookdesk: it may name hosts, and never a code or a token."""
    log.warning("single sign-on failed", why=why, **facts)
    return SignOnFailed(
        _(
            "Logging in with %(name)s did not work. Try again, or log in with your password.",
            name=provider.name,
        )
    )
