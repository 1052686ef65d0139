"""What a person sees when something is not there, not allowed or broken."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app.web import errors
from tests.web.people import Someone


def test_an_unknown_address(client: FlaskClient) -> None:
    answer = client.get("/nope")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


def test_a_method_that_is_not_there_names_those_that_are(client: FlaskClient) -> None:
    answer = client.get("/logout")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def _break(app: Flask, error: Exception) -> None:
    def view() -> str:
        raise error

    view.declared = "logged_in"  # type: ignore[attr-defined]
    app.view_functions["webhooks.index"] = view


def test_our_fault_has_a_reference_that_stands_in_the_log(
    app: Flask, owner: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    _break(app, RuntimeError("secret inner words"))
    logged: list[dict[str, object]] = []
    monkeypatch.setattr(errors.log, "error", lambda _event, **facts: logged.append(facts), raising=False)
    answer = owner.get("/webhooks")
    assert answer.status_code == 500
    assert "Your webhooks are still sending." in answer.text
    assert "secret inner words" not in answer.text
    assert str(logged[0]["reference"]) in answer.text
    assert logged[0]["path"] == "/webhooks"


def test_a_database_that_is_away_is_said_to_be_away(
    app: Flask, owner: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_words: object) -> None:
        raise OperationalError("select", {}, Exception("connection refused"))

    monkeypatch.setattr("app.web.permissions.session_of", away)
    answer = owner.get("/webhooks")
    assert answer.status_code == 503
    assert "Your webhooks are still sending." in answer.text
    assert "connection refused" not in answer.text


def test_nul_is_never_our_fault(owner: Someone) -> None:
    for path in ("/webhooks/%00", "/deliveries/a%00b", "/deliveries?q=%00", "/webhooks?after=%00"):
        assert owner.get(path).status_code < 500, path


def test_odd_text_in_filters_is_never_our_fault(owner: Someone) -> None:
    for name in ("q", "status", "event_type", "webhook_id", "since", "cursor", "reason"):
        for text in ("'", '"', "%", "_", "\\", "\0", "'; drop table event; --", "😀", "\ud7ff", "x" * 5000):
            assert owner.get("/deliveries", query_string={name: text}).status_code < 500, (name, text)


def test_nul_in_a_form_is_never_our_fault(owner: Someone) -> None:
    for path, field in [("/password", "old"), ("/settings/api-keys", "name"), ("/space", "space_id")]:
        assert owner.post(path, {field: "a\0b", "scopes": "events:write"}).status_code < 500


def test_a_page_of_errors_has_none_of_the_words_we_do_not_use(client: FlaskClient) -> None:
    for path in ("/nope", "/logout"):
        text = client.get(path).text.lower()
        assert not [word for word in ("please", "sorry", "oops", "invalid", "forbidden") if word in text]
