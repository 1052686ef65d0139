"""A real OpenID Connect provider on loopback, built with Authlib: discovery, PKCE, signed ID tokens, changing keys."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from flask import Flask, Response, jsonify, redirect, request
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "hookdesk-at-the-provider", "canary-oidc-secret +/%"


@dataclass
class Person:
    """Who is logged in at the provider."""

    sub: str = "248289761001"
    claims: dict[str, Any] = field(
        default_factory=lambda: {"email": "ada@example.com", "email_verified": True, "name": "Ada Lovelace"}
    )


@cache
def _first_key() -> RSAKey:
    """Made once a run: it takes a while."""
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


class _Client:
    client_id = CLIENT_ID
    id_token_signed_response_alg = "RS256"

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.endswith("/login/sso/callback")

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


@dataclass
class _Code:
    code: str
    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str
    person: Person

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return int(time.time())

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class OidcProvider:
    """Answers as a good provider until told otherwise by its attributes.

    `person`: who is logged in there. `forged`: claims that it puts over the right ones. `silent_s`: it lets wait.
    """

    def __init__(self) -> None:
        self.person = Person()
        self.forged: dict[str, Any] = {}
        self.signs_with: RSAKey | None = None
        self.in_id_token = True
        self.silent_s = 0.0
        self.asked: list[str] = []
        self.key = _first_key()
        self._codes: dict[str, _Code] = {}
        self._app = self._make_app()
        self._server = make_server("127.0.0.1", 0, self._app, threaded=True)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def settings(self) -> dict[str, str]:
        """What Hookdesk is told of it."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": CLIENT_SECRET,
            "OIDC_NAME": "Example ID",
        }

    def start(self) -> OidcProvider:
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it listens on loopback, without TLS
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def new_key(self) -> RSAKey:
        """A key pair; the private one stays here."""
        return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def _claims(self) -> dict[str, Any]:
        return {"sub": self.person.sub, **self.person.claims}

    def _make_app(self) -> Flask:
        app = Flask("oidc provider")
        outer = self
        server = AuthorizationServer(
            app,
            lambda client_id: _Client() if client_id == CLIENT_ID else None,
            lambda _token, _request: None,
        )

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]

            def save_authorization_code(self, code: str, request: Any) -> None:
                data = request.payload.data
                outer._codes[code] = _Code(
                    code,
                    request.payload.redirect_uri,
                    request.payload.scope,
                    data.get("nonce", ""),
                    data.get("code_challenge", ""),
                    data.get("code_challenge_method", ""),
                    outer.person,
                )

            def query_authorization_code(self, code: str, client: _Client) -> _Code | None:
                return outer._codes.get(code)

            def delete_authorization_code(self, authorization_code: _Code) -> None:
                outer._codes.pop(authorization_code.code)

            def authenticate_user(self, authorization_code: _Code) -> Person:
                return authorization_code.person

        class IdToken(OpenIDCode):
            def exists_nonce(self, nonce: str, request: Any) -> bool:
                return False

            def resolve_client_private_key(self, client: _Client) -> dict[str, Any]:
                return (outer.signs_with or outer.key).as_dict(private=True)

            def get_client_algorithm(self, client: _Client) -> str:
                return "RS256"

            def get_client_claims(self, client: _Client) -> dict[str, Any]:
                return {"iss": outer.issuer, "aud": [CLIENT_ID], "exp": int(time.time()) + 600}

            def get_encode_header(self, client: _Client) -> dict[str, Any]:
                return {"alg": "RS256", "kid": (outer.signs_with or outer.key).kid}

            def generate_user_info(self, user: Person, scope: str) -> UserInfo:
                told = outer._claims() if outer.in_id_token else {"sub": user.sub}
                return UserInfo(**{**told, **outer.forged})

        server.register_grant(CodeGrant, [IdToken(require_nonce=True), CodeChallenge(required=True)])

        @app.before_request
        def note() -> None:
            outer.asked.append(request.path)
            time.sleep(outer.silent_s)

        @app.get("/.well-known/openid-configuration")
        def configuration() -> Response:
            own = {
                "authorization_endpoint": "/authorize",
                "token_endpoint": "/token",
                "jwks_uri": "/keys",
                "userinfo_endpoint": "/me",
            }
            return jsonify(
                issuer=outer.issuer,
                token_endpoint_auth_methods_supported=["client_secret_basic"],
                **{name: outer.issuer + path for name, path in own.items()},
            )

        @app.get("/keys")
        def keys() -> Response:
            return jsonify(KeySet([outer.key]).as_dict())

        @app.get("/authorize")
        def authorize() -> Response:
            """The page of the provider, on which somebody has logged in already: one link says yes."""
            query = request.query_string.decode()
            back = request.args["redirect_uri"]
            no = f"{back}?error=access_denied&state={request.args['state']}"
            return Response(
                f'<h1>Example ID</h1><a href="/allow?{query}">Allow</a> <a href="{no}">Refuse</a>',
                mimetype="text/html",
            )

        @app.get("/allow")
        def allow() -> Response:
            grant = server.get_consent_grant(end_user=outer.person)
            return server.create_authorization_response(grant_user=outer.person, grant=grant)

        @app.post("/token")
        def token() -> Response:
            return server.create_token_response()

        @app.get("/me")
        def me() -> Response:
            return jsonify(outer._claims())

        @app.get("/")
        def start() -> Response:
            return redirect("/authorize")

        return app
