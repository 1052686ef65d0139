"""Wrong passwords slow down the stranger who sends them, and keep nobody else out (R23)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import utc_now
from app.models import LoginFailure
from app.services import log_in_limits as limits
from app.services import people
from app.services.log_in_limits import TooManyFailures
from tests.web.people import PASSWORD, Someone, somebody


@pytest.fixture(autouse=True)
def still_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time stands still for what is counted: the shortest wait is a second, and a busy machine is slower than that."""
    moment = utc_now()
    monkeypatch.setattr(limits, "utc_now", lambda: moment)


def later(app: Flask, **gap: float) -> None:
    """Let time pass for what is counted."""
    with app.app_context():
        for failure in db.session.query(LoginFailure):
            failure.at -= timedelta(**gap)
        db.session.commit()


def guesses(app: Flask, email: str, count: int) -> None:
    """So many wrong passwords, five from each of many addresses, as rows: looking at each would take minutes."""
    with app.app_context():
        db.session.add_all(
            LoginFailure(
                id=new_id("lgf"), email=email, ip=f"198.51.{n // 5 % 250}.{n // 1250}", at=limits.utc_now()
            )
            for n in range(count)
        )
        db.session.commit()


def test_each_wrong_password_from_one_place_doubles_the_wait(app: Flask, owner_email: str) -> None:
    stranger = somebody(app, owner_email)
    for _number in range(5):
        assert stranger.try_log_in("wrong").status_code == 422
    waits = []
    for _number in range(12):
        answer = stranger.try_log_in("wrong")
        assert answer.status_code == 429
        waits.append(int(answer.headers["Retry-After"]))
        later(app, seconds=waits[-1])
        assert stranger.try_log_in("wrong").status_code == 422
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_the_sentence_says_how_long_to_wait_and_asking_early_makes_it_no_longer(
    app: Flask, owner_email: str
) -> None:
    stranger = somebody(app, owner_email)
    for _number in range(5):
        stranger.try_log_in("wrong")
    later(app, seconds=1)
    stranger.try_log_in("wrong")
    for _number in range(3):
        assert "Too many tries. Wait 2 seconds, then try again." in stranger.try_log_in(PASSWORD).text
    later(app, seconds=2)
    assert stranger.try_log_in(PASSWORD).status_code == 303


def test_an_unknown_person_waits_in_the_same_way(app: Flask) -> None:
    stranger = somebody(app, "nobody@example.com")
    statuses = [stranger.try_log_in("wrong").status_code for _number in range(6)]
    assert statuses == [422] * 5 + [429]


def test_the_owner_gets_in_while_a_stranger_guesses_elsewhere(app: Flask, owner_email: str) -> None:
    for _number in range(6):
        somebody(app, owner_email, address="192.0.2.66").try_log_in("wrong")
    assert somebody(app, owner_email, address="192.0.2.1").try_log_in().status_code == 303


def test_a_thousand_guesses_from_many_addresses_keep_out_nobody(app: Flask, owner: Someone) -> None:
    guesses(app, owner.email, 1000)
    for browser in (owner, somebody(app, owner.email, address="203.0.113.5")):
        started = time.monotonic()
        assert browser.try_log_in_again().status_code == 303
        assert time.monotonic() - started < 2


def test_guessing_from_everywhere_is_bounded_and_the_known_browser_still_gets_in(
    app: Flask, owner: Someone
) -> None:
    guesses(app, owner.email, limits.MOST_FOR_ACCOUNT + 1)
    refused = somebody(app, owner.email, address="203.0.113.5").try_log_in()
    assert refused.status_code == 429
    assert 86_000 < int(refused.headers["Retry-After"]) <= 86_400
    assert owner.try_log_in_again().status_code == 303


def test_the_known_browser_is_not_slowed_by_its_neighbours(app: Flask, owner: Someone) -> None:
    for number in range(30):
        somebody(app, f"guess{number}@example.com", address=owner.address).try_log_in("wrong")
    assert somebody(app, owner.email, address=owner.address).try_log_in().status_code == 429
    assert owner.try_log_in_again().status_code == 303


def test_a_copied_cookie_of_a_known_browser_gives_a_few_guesses_only(app: Flask, owner: Someone) -> None:
    owner.post("/logout")
    statuses = []
    for number in range(7):
        owner.address = f"203.0.113.{number}"
        statuses.append(owner.try_log_in("wrong").status_code)
    assert statuses == [422] * 5 + [429] * 2


@pytest.mark.parametrize("cookie", ["", "forged", "e30.aaaa.bbbb"])
def test_a_cookie_that_we_did_not_sign_is_nothing(app: Flask, owner: Someone, cookie: str) -> None:
    stranger = somebody(app, owner.email)
    stranger.client.set_cookie("known", cookie)
    assert [stranger.try_log_in("wrong").status_code for _number in range(6)] == [422] * 5 + [429]


def test_somebody_elses_known_browser_is_not_known_for_the_owner(
    app: Flask, owner: Someone, add_person
) -> None:
    member = somebody(app, add_person("member"), address="203.0.113.9").log_in()
    member.post("/logout")
    member.email = owner.email
    assert [member.try_log_in("wrong").status_code for _number in range(6)] == [422] * 5 + [429]


def test_the_cookie_of_a_known_browser_outlives_the_log_out_and_is_not_for_scripts(owner: Someone) -> None:
    before = owner.cookie("known")
    owner.post("/logout")
    assert owner.cookie("known") == before
    answer = owner.try_log_in()
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("known="))
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert owner.email not in cookie


def test_one_customer_with_ipv6_is_one_address(app: Flask, owner_email: str) -> None:
    for number in range(21):
        address = f"2001:db8:1:2::{number:x}"
        somebody(app, f"guess{number}@example.com", address=address).try_log_in("wrong")
    assert somebody(app, owner_email, address="2001:db8:1:2:ffff::1").try_log_in().status_code == 429
    assert somebody(app, owner_email, address="2001:db8:1:3::1").try_log_in().status_code == 303


def test_many_tries_at_once_are_no_way_around(app: Flask, owner_email: str, monkeypatch) -> None:
    """While one password is being checked, others arrive: they count before they are looked at."""
    checked: list[str] = []

    def slow(*_words: object) -> bool:
        checked.append("")
        with suppress(TooManyFailures):
            people.log_in(owner_email, "wrong", "192.0.2.200", "")
        return False

    monkeypatch.setattr(PasswordHasher, "verify", slow)
    monkeypatch.setattr(limits, "_strangers", limits.threading.BoundedSemaphore(100))
    with app.test_request_context():
        people.log_in(owner_email, "wrong", "192.0.2.200", "")
    assert len(checked) == 5


def test_strangers_together_hold_up_neither_the_server_nor_a_known_browser(
    app: Flask, owner: Someone, monkeypatch
) -> None:
    """A few of their passwords are looked at; who comes meanwhile is told at once when to come back."""
    verify = PasswordHasher.verify
    monkeypatch.setattr(PasswordHasher, "verify", lambda *words: time.sleep(0.5) or verify(*words))

    def guess(number: int) -> int:
        return somebody(app, owner.email, address=f"203.0.113.{number}").try_log_in("wrong").status_code

    with ThreadPoolExecutor(12) as strangers:
        answers = [strangers.submit(guess, number) for number in range(12)]
        time.sleep(0.2)
        started = time.monotonic()
        assert owner.try_log_in_again().status_code == 303
        assert time.monotonic() - started < 2
    statuses = [answer.result() for answer in answers]
    assert set(statuses) == {422, 429}
    assert statuses.count(422) <= 8


def test_a_right_password_forgives_the_mistakes_made_there_and_no_others(
    app: Flask, owner_email: str
) -> None:
    for _number in range(4):
        somebody(app, owner_email).try_log_in("wrong")
    for _number in range(5):
        somebody(app, owner_email, address="203.0.113.66").try_log_in("wrong")
    somebody(app, owner_email).log_in()
    assert [somebody(app, owner_email).try_log_in("wrong").status_code for _number in range(5)] == [422] * 5
    assert somebody(app, owner_email, address="203.0.113.66").try_log_in("wrong").status_code == 429


def test_failures_are_forgotten_after_a_day(app: Flask, owner_email: str) -> None:
    for _number in range(5):
        somebody(app, owner_email).try_log_in("wrong")
    later(app, hours=24, seconds=1)
    assert [somebody(app, owner_email).try_log_in("wrong").status_code for _number in range(5)] == [422] * 5


def test_the_old_password_cannot_be_guessed_at_an_open_session(owner: Someone) -> None:
    change = {"old": "wrong", "password": "another long one"}
    assert [owner.post("/password", change).status_code for _number in range(6)] == [422] * 5 + [429]
    answer = owner.post("/password", {**change, "old": PASSWORD})
    assert answer.status_code == 429
    assert "Retry-After" in answer.headers


def test_a_stranger_does_not_keep_the_owner_from_changing_the_password(app: Flask, owner: Someone) -> None:
    for _number in range(6):
        somebody(app, owner.email, address=owner.address).try_log_in("wrong")
    assert owner.post("/password", {"old": PASSWORD, "password": "another long one"}).status_code == 303
