"""No page of another site can act in a person's name."""

from __future__ import annotations

import time

import itsdangerous
import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.people import Someone, somebody

SAFE = {"GET", "HEAD", "OPTIONS"}
# Open to whoever knows the address; it changes nothing but its own list of what came.
OPEN = {"inbox.address", "incoming_door.call"}
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def app(app: Flask) -> Flask:
    """With its protection, which other tests of pages do without."""
    app.config["WTF_CSRF_ENABLED"] = True
    return app


def _unsafe(app: Flask) -> list[tuple[str, str]]:
    """(method, address) of every route that changes something and is no program's: those send no cookie."""
    return [
        (method, _filled(rule))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN and not rule.endpoint.startswith(("api.", "action."))
        for method in (rule.methods or set()) - SAFE
    ]


def _filled(rule: Rule) -> str:
    return rule.rule.split("<")[0] + "".join(
        "x_1" + part.partition(">")[2] for part in rule.rule.split("<")[1:]
    )


def test_every_unsafe_route_without_a_token_answers_400(app: Flask, owner: Someone) -> None:
    routes = _unsafe(app)
    assert len(routes) > 10
    nobody = app.test_client()
    for method, path in routes:
        assert owner.client.open(path, method=method).status_code == 400, path
        assert nobody.open(path, method=method).status_code == 400, path


def test_a_wrong_token_answers_400_on_every_unsafe_route(app: Flask, owner: Someone) -> None:
    stranger = somebody(app, owner.email).log_in()
    for method, path in _unsafe(app):
        for token in ("nonsense", stranger.token):
            answer = owner.client.open(path, method=method, data={"csrf_token": token})
            assert answer.status_code == 400, path


def test_the_page_says_what_to_do(owner: Someone) -> None:
    answer = owner.client.post("/logout")
    assert "so nothing was changed" in answer.text
    assert owner.get("/password").status_code == 200


def test_the_token_may_come_in_the_header(owner: Someone) -> None:
    answer = owner.client.post("/logout", headers={"X-CSRFToken": owner.token})
    assert answer.status_code == 303


def test_a_tab_that_stood_open_for_a_day_still_works(owner: Someone, monkeypatch: pytest.MonkeyPatch) -> None:
    tomorrow = int(time.time()) + 24 * 3600
    monkeypatch.setattr(itsdangerous.TimestampSigner, "get_timestamp", lambda self: tomorrow)
    assert owner.post("/theme", {"theme": "dark"}).status_code == 303


def test_the_token_of_the_log_in_page_ends_with_the_log_in(app: Flask, owner_email: str) -> None:
    someone = somebody(app, owner_email)
    someone.try_log_in()
    assert someone.post("/logout").status_code == 400


def test_every_route_of_the_api_is_out_of_reach_of_cookies(app: Flask, owner: Someone) -> None:
    """It needs no token, because a session opens nothing there."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("api.")]
    closed = [
        rule
        for rule in rules
        if rule.endpoint not in {"api.docs", "api.openapi_document", "api.incoming_document"}
    ]
    assert len(closed) > 15
    for rule in closed:
        for method in (rule.methods or set()) - {"OPTIONS"}:
            assert owner.client.open(_filled(rule), method=method).status_code == 401, rule
