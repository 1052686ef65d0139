"""Somebody in front of the dashboard: logs in as a browser does, and keeps the CSRF token of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "correct horse battery staple"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def token_in(page: TestResponse) -> str:
    """The CSRF token in a page's form."""
    found = _TOKEN.search(page.text)
    assert found, f"no CSRF token in {page.text[:500]}"
    return found[1]


@dataclass
class Someone:
    """A browser with a person before it."""

    client: FlaskClient
    email: str
    password: str = PASSWORD
    base_url: str = "http://localhost"
    address: str = "192.0.2.7"
    token: str = field(default="", init=False)

    def get(self, path: str, **options: object) -> TestResponse:
        """GET a page."""
        return self.client.get(path, **self._common(options))

    def post(self, path: str, data: dict[str, object] | None = None, **options: object) -> TestResponse:
        """POST a form, with the token that belongs to it."""
        form = {"csrf_token": self.token, **(data or {})}
        return self.client.post(path, data=form, **self._common(options))

    def try_log_in(self, password: str | None = None, next_path: str = "") -> TestResponse:
        """Fill in the log-in page and send it."""
        self.token = token_in(self.get("/login"))
        return self.post(
            "/login",
            {
                "email": self.email,
                "password": self.password if password is None else password,
                "next": next_path,
            },
        )

    def log_in(self) -> Someone:
        """Log in; the token is the new session's."""
        answer = self.try_log_in()
        assert answer.status_code == 303, answer.text
        self.token = token_in(self.get("/password"))
        return self

    def try_log_in_again(self) -> TestResponse:
        """Log out, if logged in, and send the log-in page from the same browser."""
        if self.token:
            self.post("/logout")
        return self.try_log_in()

    def cookie(self, name: str = "hookdesk") -> str:
        """The value of the session cookie."""
        found = self.client.get_cookie(name)
        assert found is not None
        return found.value

    def _common(self, options: dict[str, object]) -> dict[str, object]:
        environ = {"REMOTE_ADDR": self.address}
        return {"base_url": self.base_url, "environ_base": environ, **options}


def somebody(app: Flask, email: str, **options: str) -> Someone:
    """A browser of its own for that person, not logged in."""
    return Someone(app.test_client(), email, **options)
