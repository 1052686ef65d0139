"""What the tests' OAuth server knows: its client and its user, the tokens and codes that it gave, what it was asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

CLIENT_ID, CLIENT_SECRET = "hookdesk-client", "canary-client-secret +/%é"
USERNAME, USER_PASSWORD = "ada", "canary-user-password"


class Client:
    """The one client that is registered."""

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return (
            redirect_uri.endswith("/settings/sign-ins/callback") or redirect_uri == "https://typed.example/"
        )

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in {"client_secret_post", "client_secret_basic"}

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return True


@dataclass
class Granted:
    """A token that was given."""

    access_token: str
    refresh_token: str | None
    scope: str
    expires_in: int
    at: float = field(default_factory=time.time)
    revoked: bool = False

    def check_client(self, client: Client) -> bool:
        return True

    def get_scope(self) -> str:
        return self.scope

    def get_expires_in(self) -> int:
        return self.expires_in

    def is_expired(self) -> bool:
        return self.at + self.expires_in < time.time()

    def is_revoked(self) -> bool:
        return self.revoked

    def get_user(self) -> str:
        return USERNAME

    def get_client(self) -> Client:
        return Client()


@dataclass
class Code:
    """An authorization code."""

    code: str
    redirect_uri: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return ""


@dataclass(frozen=True)
class Asked:
    """A token request as it came: method, where its parameters stood, what they were."""

    method: str
    place: str
    parameters: dict[str, str]
    authorization: str
