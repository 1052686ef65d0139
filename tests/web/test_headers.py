"""What every answer carries, over http and https, behind proxies, under a wrong name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.services import people, spaces
from tests.web.people import PASSWORD, Someone, somebody

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
PATHS = [
    *("/login", "/webhooks", "/nope", "/healthz", "/static/theme.css", "/api/docs", "/api/v1/openapi.json"),
    *("/api/v1/webhooks", "/api/v1/nope", "/inbox/nope"),
]
pytestmark = pytest.mark.databases("sqlite")

Apps = Callable[..., Flask]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_is_locked_down(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == CSP
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("/static")])
def test_nothing_but_files_is_kept_by_caches(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_files_are_kept_for_an_hour(client: FlaskClient) -> None:
    with client.get("/static/theme.css") as answer:
        assert "max-age=3600" in answer.headers["Cache-Control"]


def test_pages_differ_by_htmx_and_cookie(owner: Someone) -> None:
    assert {"hx-request", "hx-target", "cookie"} <= set(owner.get("/webhooks").vary.as_set())


def test_a_form_of_more_than_a_megabyte_is_too_large(owner: Someone) -> None:
    answer = owner.post("/password", {"old": "x" * 1024 * 1024})
    assert answer.status_code == 413


def test_over_https_cookies_are_secure_and_bound_to_the_host(app_with: Apps) -> None:
    app = app_with(BASE_URL="https://hooks.example.com")
    with app.app_context():
        people.create_person("ada@example.com", PASSWORD, spaces.create_space("Acme").id, "owner")
    ada = somebody(app, "ada@example.com", base_url="https://hooks.example.com")
    answer = ada.try_log_in()
    cookies = {cookie.split("=")[0]: cookie for cookie in answer.headers.getlist("Set-Cookie")}
    assert set(cookies) == {"__Host-hookdesk", "__Host-known"}
    for cookie in cookies.values():
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert ada.get("/webhooks").status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("hooks.example.com", 200),
        ("hooks.example.com:8443", 200),
        ("HOOKS.example.com", 200),
        ("localhost:8000", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("hooks.example.com.evil.example", 400),
        ("evil.example/hooks.example.com", 400),
        ("hooks.example.com@evil.example", 400),
    ],
)
def test_in_production_only_our_own_name_is_answered(app_with: Apps, host: str, status: int) -> None:
    app = app_with(PRODUCTION="1", BASE_URL="https://hooks.example.com")
    client = app.test_client()
    assert client.get("/login", headers={"Host": host}).status_code == status
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@contextmanager
def _remembered(app: Flask) -> Iterator[list[str]]:
    seen: list[str] = []

    def log_in(email: str, password: str, ip: str, user_agent: str, device: str | None) -> None:
        seen.append(ip)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "log_in", log_in)
        yield seen


@pytest.mark.parametrize(
    ("proxies", "forwarded", "believed"),
    [
        ("0", "198.51.100.9", "192.0.2.7"),
        ("1", "198.51.100.9", "198.51.100.9"),
        ("1", "203.0.113.5, 198.51.100.9", "198.51.100.9"),
        ("2", "203.0.113.5, 198.51.100.9", "203.0.113.5"),
        ("2", "8.8.8.8, 203.0.113.5, 198.51.100.9", "203.0.113.5"),
    ],
)
def test_only_so_many_proxies_are_believed(
    app_with: Apps, proxies: str, forwarded: str, believed: str
) -> None:
    """What a visitor writes into X-Forwarded-For is no way around the throttle."""
    app = app_with(TRUSTED_PROXIES=proxies)
    someone = somebody(app, "ada@example.com")
    with _remembered(app) as seen:
        someone.try_log_in("x")
        seen.clear()
        someone.post("/login", {"email": "a", "password": "b"}, headers={"X-Forwarded-For": forwarded})
    assert seen == [believed]
