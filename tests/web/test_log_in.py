"""Logging in and out: cookies, sessions that end on the server, throttling, where one lands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import event

from app.core.extensions import db
from app.core.times import utc_now
from app.models import LoginSession
from tests.web.people import PASSWORD, Someone, somebody, token_in

WRONG = "E-mail address and password do not belong together. Check both."


def test_the_right_password_opens_the_dashboard(app: Flask, owner_email: str) -> None:
    someone = somebody(app, owner_email)
    answer = someone.try_log_in()
    assert (answer.status_code, answer.location) == (303, "/")
    assert someone.get("/webhooks").status_code == 200


def test_the_e_mail_address_may_be_typed_in_capitals(app: Flask, owner_email: str) -> None:
    assert somebody(app, f" {owner_email.upper()} ").try_log_in().status_code == 303


@pytest.mark.parametrize(
    "email", ["owner@example.com", "nobody@example.com", "", "a\0b@example.com", "no address"]
)
def test_a_wrong_password_and_an_unknown_person_get_the_same_words(
    app: Flask, owner_email: str, email: str
) -> None:
    answer = somebody(app, email).try_log_in("wrong")
    assert answer.status_code == 422
    assert WRONG in answer.text


def test_an_unknown_person_costs_a_password_check_too(
    app: Flask, owner_email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *words: checked.append(words) or verify(*words))
    somebody(app, "nobody@example.com").try_log_in("wrong")
    somebody(app, owner_email).try_log_in("wrong")
    assert len(checked) == 2
    assert all(hashed.startswith("$argon2id$") for _hasher, hashed, _password in checked)


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(app: Flask, owner_email: str) -> None:
    cookies = somebody(app, owner_email).try_log_in().headers.getlist("Set-Cookie")
    cookie = next(one for one in cookies if one.startswith("hookdesk="))
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_the_cookie_holds_neither_the_key_of_the_session_row_nor_the_person(
    app: Flask, owner: Someone
) -> None:
    with app.app_context():
        session = db.session.query(LoginSession).one()
        inside = app.session_interface.get_signing_serializer(app).loads(owner.cookie())  # type: ignore[union-attr]
        assert session.id not in str(inside)
        assert session.person_id not in str(inside)
        assert len(inside["_user_id"]) >= 43  # 256 bits


def test_a_log_in_starts_a_new_session_and_ends_the_one_before(app: Flask, owner: Someone) -> None:
    before = owner.cookie()
    owner.client.post("/login", data={"csrf_token": owner.token, "email": owner.email, "password": PASSWORD})
    assert owner.get("/webhooks").status_code == 200
    assert not _works(app, before)


def test_logging_out_ends_the_session_on_the_server(app: Flask, owner: Someone) -> None:
    stolen = owner.cookie()
    assert _works(app, stolen)
    assert owner.post("/logout").location == "/login"
    assert owner.get("/webhooks").location == "/login?next=/webhooks"
    assert not _works(app, stolen)


def test_a_session_ends_by_itself(app: Flask, owner: Someone) -> None:
    with app.app_context():
        db.session.query(LoginSession).one().expires_at = utc_now() - timedelta(seconds=1)
        db.session.commit()
    assert owner.get("/webhooks").status_code == 303


def test_changing_the_password_ends_every_session(app: Flask, owner: Someone) -> None:
    elsewhere = somebody(app, owner.email).log_in()
    answer = owner.post("/password", {"old": PASSWORD, "password": "another long one"})
    assert answer.location == "/login"
    assert owner.get("/webhooks").status_code == 303
    assert elsewhere.get("/webhooks").status_code == 303
    assert somebody(app, owner.email).try_log_in(PASSWORD).status_code == 422
    assert somebody(app, owner.email).try_log_in("another long one").status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", "another long one", "This is not your present password."),
        (PASSWORD, "short", "Use at least 8 characters."),
        (PASSWORD, "x" * 201, "Use at most 200 characters."),
    ],
)
def test_a_password_that_cannot_be_used_says_so(owner: Someone, old: str, new: str, words: str) -> None:
    answer = owner.post("/password", {"old": old, "password": new})
    assert answer.status_code == 422
    assert words in answer.text
    assert owner.get("/webhooks").status_code == 200


@pytest.mark.parametrize("path", ["/webhooks", "/deliveries?status=failed&q=a%20b", "/webhooks?after=x"])
def test_one_lands_where_one_wanted_to_go(app: Flask, owner_email: str, path: str) -> None:
    someone = somebody(app, owner_email)
    asked = someone.get(path)
    assert asked.status_code == 303
    page = someone.get(asked.location)
    wanted = page.text.split('name="next" value="')[1].split('"')[0].replace("&amp;", "&")
    assert someone.try_log_in(next_path=wanted).location == path.replace("%20", "+").replace("+", "%20")


def test_the_log_in_leads_to_no_other_site(app: Flask, owner_email: str) -> None:
    for address in (
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n//evil.example",
        "javascript:alert(1)",
        "webhooks",
        " /webhooks",
        "/a b",
        "/\x00",
        "",
    ):
        answer = somebody(app, owner_email).try_log_in(next_path=address)
        assert answer.location == "/", address


def test_htmx_is_told_to_load_the_log_in_page_as_a_page(app: Flask) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/deliveries?status=failed"}
    answer = app.test_client().get("/deliveries/live", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["HX-Redirect"] == "/login?next=/deliveries?status%3Dfailed"
    assert answer.text == ""


def test_a_post_without_a_session_leads_to_the_log_in_but_not_back(app: Flask) -> None:
    someone = somebody(app, "")
    someone.token = token_in(someone.get("/login"))
    assert someone.post("/logout").location == "/login"


def test_whoever_is_logged_in_needs_no_log_in_page(owner: Someone) -> None:
    assert owner.get("/login?next=/deliveries").location == "/deliveries"


def test_a_person_without_a_space_cannot_log_in(app: Flask, owner_email: str) -> None:
    with app.app_context():
        db.session.execute(db.text("delete from membership"))
        db.session.commit()
    assert somebody(app, owner_email).try_log_in().status_code == 422


def test_a_page_asks_once_who_is_there(app: Flask, owner: Someone) -> None:
    seen: list[str] = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    owner.get("/password")
    asked = [statement for statement in seen if "login_session" in statement]
    assert len(asked) == 1
    assert all(table in asked[0] for table in ("person", "membership", "role", "space"))


def test_somebody_in_two_spaces_switches_between_them(
    app: Flask, owner: Someone, other_space_id: str, add_person: Callable[..., str]
) -> None:
    assert owner.post("/space", {"space_id": other_space_id}).status_code == 404
    add_person("support", email=owner.email, in_space=other_space_id)
    assert owner.post("/space", {"space_id": other_space_id}).location == f"/s/{other_space_id}/"
    assert "Borealis" in owner.get("/password").text
    assert owner.get("/settings/api-keys").status_code == 403  # support there, owner here
    assert owner.post("/space", {"space_id": "spc_nope"}).status_code == 404


def _works(app: Flask, cookie: str) -> bool:
    thief = app.test_client()
    thief.set_cookie("hookdesk", cookie)
    return thief.get("/webhooks").status_code == 200
