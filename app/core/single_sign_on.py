"""The provider that people may log in with (OpenID Connect), as whoever runs Hookdesk set it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from urllib.parse import urlsplit

from app.outbound import OutboundPolicy

_EVERYWHERE = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,60}")
# A claim must never make or unmake an owner.
_OWNER = "owner"


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """One provider. `roles`: what the claim may say, each with the key of a role; the first that fits counts."""

    issuer: str
    client_id: str
    name: str
    role_claim: str | None
    roles: tuple[tuple[str, str], ...]
    client_secret: str = field(repr=False)

    def policy(self, url: str, usual: OutboundPolicy) -> OutboundPolicy:
        """The issuer's own host may be anywhere, in a private network, too: it is a setting, and nobody typed it.

        Whatever other hosts its metadata names are dialled by the usual rules.
        """
        issuer, asked = urlsplit(self.issuer), urlsplit(url)
        if (asked.scheme, asked.hostname) != (issuer.scheme, issuer.hostname):
            return usual
        return replace(
            usual, allow_networks=_EVERYWHERE, allow_http=issuer.scheme == "http", allow_ports=None
        )


def read_single_sign_on(env: Mapping[str, str]) -> SingleSignOn | None:
    """The provider from `OIDC_ISSUER` and its neighbours; None: not set. ValueError says what is wrong."""
    issuer = (env.get("OIDC_ISSUER") or "").strip()
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("OIDC_ISSUER must look like https://login.example.com.")
    client_id, secret = env.get("OIDC_CLIENT_ID") or "", env.get("OIDC_CLIENT_SECRET") or ""
    if not client_id or not secret:
        raise ValueError("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    name = (env.get("OIDC_NAME") or parts.hostname).strip()
    if not _NAME.fullmatch(name):
        raise ValueError("OIDC_NAME must be a name of at most 60 characters, as people know it.")
    claim = env.get("OIDC_ROLE_CLAIM") or None
    return SingleSignOn(issuer, client_id, name, claim, _roles(env), secret)


def _roles(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    found = []
    for part in filter(None, (one.strip() for one in (env.get("OIDC_ROLES") or "").split(","))):
        value, separator, role = (word.strip() for word in part.rpartition("="))
        if not separator or not value or not role or role == _OWNER:
            raise ValueError(
                "OIDC_ROLES must list what the claim may say and the role it gives, such as"
                " hookdesk-admins=admin, helpdesk=support. Nobody becomes an owner by it."
            )
        found.append((value, role))
    return tuple(found)
