"""The way to the provider and back: state, nonce and PKCE out, an ID token that proves who came back in."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.common.security import generate_token
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from flask_babel import gettext as _
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.core.errors import Invalid
from app.core.single_sign_on import SingleSignOn
from app.services.people.words import checked_email
from app.services.single_sign_on import provider as at
from app.services.single_sign_on.provider import SignOnFailed

SCOPE = "openid email profile"
# Signatures by a public key alone: with a shared secret, whoever knows that could be anybody.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# Clocks differ.
LEEWAY_S = 60
LONGEST_CODE = 4096

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Departure:
    """Where the browser goes, and what it must come back with; `kept` stays in its own session."""

    address: str
    kept: dict[str, str]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came back: proven by the provider's signature. `role`: a role's key if a claim names one."""

    subject: str
    email: str
    name: str
    role: str | None


def depart(provider: SingleSignOn, redirect_uri: str) -> Departure:
    """Begin. Raises `SignOnFailed` if the provider does not answer."""
    kept = {"state": generate_token(32), "nonce": generate_token(32), "verifier": generate_token(48)}
    address = prepare_grant_uri(
        at.metadata(provider)["authorization_endpoint"],
        provider.client_id,
        "code",
        redirect_uri,
        SCOPE,
        kept["state"],
        nonce=kept["nonce"],
        code_challenge=create_s256_code_challenge(kept["verifier"]),
        code_challenge_method="S256",
    )
    return Departure(address, kept)


def identify(
    provider: SingleSignOn, came_with: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
) -> Identity:
    """Who came back with these parameters. Raises `SignOnFailed`; for a wrong state the provider is not asked."""
    _check_return(provider, came_with, kept)
    tokens = at.exchange_code(provider, came_with["code"], kept["verifier"], redirect_uri)
    claims = _claims(provider, str(tokens.get("id_token") or ""), kept["nonce"])
    if "email" not in claims:
        info = at.user_info(provider, str(tokens.get("access_token") or ""))
        claims = {**info, **claims} if info.get("sub") == claims["sub"] else claims
    return Identity(
        subject=f"{provider.issuer} {claims['sub']}",
        email=_verified_email(provider, claims),
        name=_name(claims),
        role=_role(provider, claims),
    )


def _check_return(provider: SingleSignOn, came_with: Mapping[str, str], kept: Mapping[str, str]) -> None:
    state = came_with.get("state", "")
    if not kept or not hmac.compare_digest(state.encode(), kept.get("state", "").encode()):
        raise SignOnFailed(_("This log-in was begun in another tab or too long ago. Begin again."))
    if "error" in came_with:
        raise SignOnFailed(_("%(name)s did not let you in. Begin again.", name=provider.name))
    # RFC 9207: an answer of another provider is not taken for one of ours.
    if (
        came_with.get("iss", provider.issuer) != provider.issuer
        or not came_with.get("code", "")[:LONGEST_CODE]
    ):
        raise SignOnFailed(_("What %(name)s sent back is incomplete. Begin again.", name=provider.name))


def _claims(provider: SingleSignOn, id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token that is signed by the provider, for us, now, and for this log-in."""
    try:
        token = _decoded(provider, id_token)
        options = {
            "iss": {"essential": True, "value": provider.issuer},
            "aud": {"essential": True, "value": provider.client_id},
        }
        claims = CodeIDToken(
            token.claims, token.header, options, {"nonce": nonce, "client_id": provider.client_id}
        )
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, AuthlibBaseError, ValueError, KeyError, TypeError) as error:
        log.warning("single sign-on failed", why="the ID token is not good", error=type(error).__name__)
        raise _refused(provider) from None
    return dict(claims)


def _decoded(provider: SingleSignOn, id_token: str) -> jwt.Token:
    """With keys fetched anew if it is signed with one that we have not seen."""
    try:
        return jwt.decode(id_token, _key_set(at.keys(provider)), ALGORITHMS)
    except (InvalidKeyIdError, ValueError):
        return jwt.decode(id_token, _key_set(at.keys(provider, anew=True)), ALGORITHMS)


def _key_set(keys: dict[str, Any]) -> KeySet:
    """Raises ValueError and JoseError for what is none."""
    return KeySet.import_key_set(keys)  # type: ignore[arg-type]


def _verified_email(provider: SingleSignOn, claims: Mapping[str, Any]) -> str:
    """Only an address that the provider has verified: else anybody could take over an account by naming it."""
    if claims.get("email_verified") is not True:
        raise SignOnFailed(
            _(
                "%(name)s has not verified your e-mail address. Have it verified there first.",
                name=provider.name,
            )
        )
    try:
        return checked_email(str(claims.get("email", "")))
    except Invalid:
        raise _refused(provider) from None


def _name(claims: Mapping[str, Any]) -> str:
    name = " ".join(str(claims.get("name") or "").split())[:200]
    return name if name.isprintable() else ""


def _role(provider: SingleSignOn, claims: Mapping[str, Any]) -> str | None:
    said = claims.get(provider.role_claim) if provider.role_claim else None
    values = set(map(str, said)) if isinstance(said, list) else {str(said)}
    return next((role for value, role in provider.roles if value in values), None)


def _refused(provider: SingleSignOn) -> SignOnFailed:
    return SignOnFailed(_("We could not verify what %(name)s told us. Begin again.", name=provider.name))
