"""Logging in with two steps: codes that count once, recovery codes, a space that requires it."""

from __future__ import annotations

import re
import time

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.extensions import db
from app.models import Change, LoginSession, Person, RecoveryCode
from app.services.people import two_step
from tests.web.conftest import PASSWORD, Visitor

pytestmark = pytest.mark.databases("sqlite")
PAGE = "/account/two-steps"
SECRET = re.compile(r'id="secret">([A-Z2-7]{32})<')
RECOVERY = re.compile(r"<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>")
OWNER = {"email": "owner@example.com", "password": PASSWORD}


@pytest.fixture
def owner(log_in) -> Visitor:
    return Visitor(log_in("owner"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that codes go by; add to it."""
    now = [time.time()]
    monkeypatch.setattr(two_step.time, "time", lambda: now[0])
    return now


def code_at(secret: str, clock: list[float], steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(clock[0]) + 30 * steps)


def set_up(owner: Visitor, clock: list[float]) -> tuple[str, list[str]]:
    """Turn it on; the secret and the recovery codes."""
    owner.post(f"{PAGE}/begin")
    found = SECRET.search(owner.get(PAGE).text)
    assert found
    answer = owner.post(PAGE, code=code_at(found[1], clock))
    assert answer.status_code == 201, answer.text
    clock[0] += 30
    return found[1], RECOVERY.findall(answer.text)


def log_in_again(app: Flask, **form: str) -> FlaskClient:
    client = app.test_client()
    answer = client.post("/login", data={**OWNER, **form})
    assert answer.location == "/login/code", answer.text
    return client


def kinds(app: Flask) -> list[str]:
    with app.test_request_context():
        return [change.kind for change in db.session.query(Change).order_by(Change.id)]


def test_from_then_on_the_password_opens_nothing_without_a_code(app, owner, clock):
    secret, codes = set_up(owner, clock)
    assert len(codes) == 10
    client = log_in_again(app)
    assert client.get("/webhooks").location.startswith("/login")
    wrong = client.post("/login/code", data={"code": "000000"})
    assert wrong.status_code == 422 and "This code does not count." in wrong.text
    assert client.post("/login/code", data={"code": code_at(secret, clock)}).status_code == 303
    assert client.get("/webhooks").status_code == 200
    assert {"two_step_begun", "two_step_on", "login_failed", "logged_in"} <= set(kinds(app))


def test_a_code_counts_once_within_the_time_that_it_is_shown(app, owner, clock):
    secret, _codes = set_up(owner, clock)
    code = code_at(secret, clock)
    assert log_in_again(app).post("/login/code", data={"code": code}).status_code == 303
    assert log_in_again(app).post("/login/code", data={"code": code}).status_code == 422
    assert log_in_again(app).post("/login/code", data={"code": code_at(secret, clock, -1)}).status_code == 422
    clock[0] += 30
    spaced = code_at(secret, clock)
    assert (
        log_in_again(app).post("/login/code", data={"code": f"{spaced[:3]} {spaced[3:]}"}).status_code == 303
    )


def test_the_code_of_the_set_up_does_not_log_in(app, owner, clock):
    secret, _codes = set_up(owner, clock)
    assert log_in_again(app).post("/login/code", data={"code": code_at(secret, clock, -1)}).status_code == 422


def test_a_recovery_code_counts_once(app, owner, clock):
    _secret, codes = set_up(owner, clock)
    assert log_in_again(app).post("/login/code", data={"code": codes[0].upper()}).status_code == 303
    assert log_in_again(app).post("/login/code", data={"code": codes[0]}).status_code == 422
    assert "9 recovery codes are left." in owner.get(PAGE).text


def test_secret_and_codes_are_kept_unreadable(app, owner, clock):
    secret, codes = set_up(owner, clock)
    with app.test_request_context():
        kept = db.session.query(Person).filter_by(email=OWNER["email"]).one().totp_secret
        hashes = [row.code_hash for row in db.session.query(RecoveryCode)]
    assert secret not in kept and not [code for code in codes if code in hashes]
    page = owner.get(PAGE).text
    assert secret not in page and codes[0] not in page


def test_guesses_at_codes_are_slowed_down_and_the_password_buys_no_more(app, owner, clock):
    set_up(owner, clock)
    statuses = [
        log_in_again(app).post("/login/code", data={"code": "000000"}).status_code for _number in range(9)
    ]
    assert statuses[:5] == [422] * 5 and 429 in statuses  # the first waits are short


def test_a_stranger_who_guesses_codes_does_not_hold_up_the_owner(app, owner, clock):
    """From a browser that the owner has logged in with before."""
    secret, _codes = set_up(owner, clock)
    for number in range(20):
        stranger = app.test_client()
        address = {"REMOTE_ADDR": f"203.0.113.{number}"}
        stranger.post("/login", data=OWNER, environ_base=address)
        stranger.post("/login/code", data={"code": "000000"}, environ_base=address)
    owner.post("/logout")
    assert owner.post("/login", **OWNER).location == "/login/code"
    assert owner.post("/login/code", code=code_at(secret, clock)).status_code == 303


def test_what_waits_for_a_code_ends_by_itself(app, owner, clock):
    secret, _codes = set_up(owner, clock)
    client = log_in_again(app)
    with app.test_request_context():
        db.session.query(LoginSession).filter_by(awaits_code=True).update({"expires_at": 1})
        db.session.commit()
    assert client.get("/login/code").location == "/login"
    assert client.post("/login/code", data={"code": code_at(secret, clock)}).location == "/login"
    assert app.test_client().get("/login/code").location == "/login"


def test_it_is_turned_off_with_a_code_alone(app, owner, clock):
    secret, _codes = set_up(owner, clock)
    assert owner.post(f"{PAGE}/off", code="123456").status_code == 422
    assert owner.post(f"{PAGE}/off", code=code_at(secret, clock)).status_code == 303
    client = app.test_client()
    assert client.post("/login", data=OWNER).location == "/"
    assert "two_step_off" in kinds(app)


def test_new_recovery_codes_end_the_old_ones(app, owner, clock):
    secret, old = set_up(owner, clock)
    answer = owner.post(f"{PAGE}/codes", code=code_at(secret, clock))
    new = RECOVERY.findall(answer.text)
    assert len(new) == 10 and not set(new) & set(old)
    assert log_in_again(app).post("/login/code", data={"code": old[0]}).status_code == 422
    assert log_in_again(app).post("/login/code", data={"code": new[0]}).status_code == 303
    assert "codes_renewed" in kinds(app)


def test_a_space_requires_it_of_everybody_at_their_next_click(app, owner, support, clock):
    rules = "/settings/people/log-in"
    refused = owner.post(rules, require_totp="1")
    assert (
        refused.status_code == 409 and "Set up logging in with two steps for yourself first" in refused.text
    )
    secret, _codes = set_up(owner, clock)
    assert support.get("/webhooks").status_code == 200
    assert owner.post(rules, require_totp="1").status_code == 303
    assert support.get("/webhooks").location == PAGE
    assert support.get("/webhooks", "webhook-list").headers["HX-Redirect"] == PAGE
    assert "Acme requires it: set it up to go on." in support.get(PAGE).text
    assert owner.get("/webhooks").status_code == 200
    off = owner.post(f"{PAGE}/off", code=code_at(secret, clock))
    assert off.status_code == 409 and "requires it, so it stays on." in off.text
    support.post(f"{PAGE}/begin")
    found = SECRET.search(support.get(PAGE).text)
    assert found
    assert support.post(PAGE, code=code_at(found[1], clock)).status_code == 201
    assert support.get("/webhooks").status_code == 200
    assert owner.post(rules).status_code == 303
    assert kinds(app).count("login_rules_edited") == 2


def test_the_qr_code_carries_the_address_that_apps_read(app, owner):
    owner.post(f"{PAGE}/begin")
    page = owner.get(PAGE)
    assert re.search(r'<svg class="qr" viewBox="0 0 \d+ \d+"[^>]*><path d="M\d+ \d+h1v1h-1z', page.text)
    assert "style=" not in page.text
    with app.test_request_context():
        person = db.session.query(Person).filter_by(email=OWNER["email"]).one()
        uri = two_step.begin(person.id).uri
    assert uri.startswith("otpauth://totp/Hookdesk:owner%40example.com?secret=")
