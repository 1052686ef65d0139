"""A real OAuth 2.0 server on loopback, built with Authlib: four grants, PKCE, and a resource behind its tokens."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7636 import CodeChallenge
from flask import Flask, Response, request
from werkzeug.serving import make_server

from tests.machine.oauth_records import CLIENT_ID, USER_PASSWORD, USERNAME, Asked, Client, Code, Granted


class OAuthServer:
    """Answers as a good server until told otherwise by its attributes."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.received: list[Any] = []
        self.tokens: list[Granted] = []
        self.codes: dict[str, Code] = {}
        self.life_s = 3600
        self.gives_refresh = True
        self.rotates = True
        self.knows_its_tokens = True
        self.delay_s = 0.0
        self.instead: Response | None = None
        self._app = self._make_app()
        self._server = make_server("127.0.0.1", 0, self._as_form, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def hook_url(self) -> str:
        """A receiver that wants one of the server's tokens."""
        return f"{self.url}/hook"

    @property
    def used_tokens(self) -> list[str]:
        """The tokens that came to the receiver, one for each request."""
        return [authorization.removeprefix("Bearer ") for authorization, _body in self.received]

    def start(self) -> OAuthServer:
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it listens on loopback, without TLS
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def revoke_access(self) -> None:
        """No access token works any more."""
        for token in self.tokens:
            token.revoked = True

    def new_code(self, redirect_uri: str = "https://typed.example/") -> str:
        """A code as a person would copy it from a page."""
        code = f"canary-code-{len(self.codes)}"
        self.codes[code] = Code(code, redirect_uri, None, None)
        return code

    # --- what Authlib asks for ---

    def _find_refresh(self, refresh_token: str) -> Granted | None:
        return next((t for t in self.tokens if t.refresh_token == refresh_token), None)

    def _save_token(self, token: dict[str, Any], _request: Any) -> None:
        # It honours its tokens for an hour, whatever life it tells them to have.
        scope = token.get("scope", "")
        self.tokens.append(Granted(token["access_token"], token.get("refresh_token"), scope, 3600))

    def _token(self, **more: Any) -> dict[str, Any]:
        number = len(self.tokens)
        token = {
            "token_type": "Bearer",
            "access_token": f"canary-access-{number}",
            "expires_in": self.life_s,
        }
        if more.get("include_refresh_token", True) and self.gives_refresh:
            token["refresh_token"] = f"canary-refresh-{number}"
        return token

    def _make_app(self) -> Flask:
        app = Flask("oauth server")
        server = AuthorizationServer(
            app, lambda _id: Client() if _id == CLIENT_ID else None, self._save_token
        )
        server.register_token_generator("default", lambda *args, **kw: self._token(**kw))
        outer = self

        class CodeGrant(grants.AuthorizationCodeGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

            def generate_authorization_code(self) -> str:
                return f"canary-code-{len(outer.codes)}-{len(outer.asked)}"

            def save_authorization_code(self, code: str, request: Any) -> None:
                data = request.payload.data
                outer.codes[code] = Code(
                    code,
                    request.payload.redirect_uri,
                    data.get("code_challenge"),
                    data.get("code_challenge_method"),
                )

            def query_authorization_code(self, code: str, client: Client) -> Code | None:
                return outer.codes.get(code)

            def delete_authorization_code(self, authorization_code: Code) -> None:
                outer.codes.pop(authorization_code.code)

            def authenticate_user(self, authorization_code: Code) -> str:
                return USERNAME

        class UserPassword(grants.ResourceOwnerPasswordCredentialsGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

            def authenticate_user(self, username: str, password: str) -> str | None:
                return USERNAME if (username, password) == (USERNAME, USER_PASSWORD) else None

        class Refresh(grants.RefreshTokenGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

            @property
            def INCLUDE_NEW_REFRESH_TOKEN(self) -> bool:
                return outer.rotates

            def authenticate_refresh_token(self, refresh_token: str) -> Granted | None:
                return outer._find_refresh(refresh_token)

            def authenticate_user(self, refresh_token: Granted) -> str:
                return USERNAME

            def revoke_old_credential(self, refresh_token: Granted) -> None:
                if outer.rotates:
                    refresh_token.refresh_token = None

        class ByClient(grants.ClientCredentialsGrant):
            TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_post", "client_secret_basic"]

        server.register_grant(CodeGrant, [CodeChallenge(required=False)])
        for grant in (UserPassword, Refresh, ByClient):
            server.register_grant(grant)

        class Validator(BearerTokenValidator):
            def authenticate_token(self, token_string: str) -> Granted | None:
                known = outer.tokens if outer.knows_its_tokens else []
                return next((t for t in known if t.access_token == token_string), None)

        protector = ResourceProtector()
        protector.register_token_validator(Validator())

        @app.route("/token", methods=["POST"])
        def token() -> Response:
            time.sleep(outer.delay_s)
            return outer.instead or server.create_token_response()

        @app.get("/authorize")
        def authorize() -> Response:
            """The page where a person signs in: one link says yes, one says no."""
            yes = f"/allow?{request.query_string.decode()}"
            refused = urlencode({"error": "access_denied", "state": request.args["state"]})
            no = f"{request.args['redirect_uri']}?{refused}"
            return Response(
                f'<h1>Sign in</h1><p><a href="{yes}">Allow</a> <a href="{no}">Refuse</a>',
                mimetype="text/html",
            )

        @app.get("/allow")
        def allow() -> Response:
            grant = server.get_consent_grant(end_user=USERNAME)
            return server.create_authorization_response(grant_user=USERNAME, grant=grant)

        @app.route("/hook", methods=["POST"])
        def hook() -> tuple[dict[str, str], int]:
            outer.received.append((request.headers.get("Authorization"), request.get_data()))
            with protector.acquire():
                # It sends back what it was sent, as careless receivers do.
                return {"status": "OK", "you_sent": str(request.headers.get("Authorization"))}, 200

        @app.get("/page")
        @app.post("/page")
        def page() -> Response:
            return Response("<!doctype html><title>Log in</title>", mimetype="text/html")

        return app

    def _as_form(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Servers differ in where they read parameters; Authlib reads forms, so all become one, and are noted."""
        if environ["PATH_INFO"] == "/token":
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            kind = environ.get("CONTENT_TYPE", "")
            if "json" in kind:
                place, parameters = "json", json.loads(body)
            elif body:
                place, parameters = "form", dict(parse_qsl(body.decode()))
            else:
                place, parameters = "query", dict(parse_qsl(environ["QUERY_STRING"]))
            authorization = environ.get("HTTP_AUTHORIZATION", "")
            self.asked.append(Asked(environ["REQUEST_METHOD"], place, parameters, authorization))
            form = urlencode(parameters).encode()
            environ |= {
                "REQUEST_METHOD": "POST",
                "QUERY_STRING": "",
                "CONTENT_TYPE": "application/x-www-form-urlencoded",
                "CONTENT_LENGTH": str(len(form)),
                "wsgi.input": io.BytesIO(form),
            }
        return self._app(environ, start_response)
