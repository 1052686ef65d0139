"""Forgotten passwords: by the tests' mail server, with links that work once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask

from app.core import times
from app.core.extensions import db
from app.models import Change, Mail, Person
from app.services import people
from app.services.alerts import mail
from app.services.people import password_resets
from tests.machine.smtp import MailServer
from tests.web.conftest import PASSWORD

LINK = re.compile(r"http://localhost(/new-password/[\w-]{43})")
NEW = "a new one that is long"
EMAIL = "ada@example.com"


@pytest.fixture
def settings(settings: dict[str, str], mail_server: MailServer) -> dict[str, str]:
    return {**settings, "SMTP_URL": mail_server.url}


@pytest.fixture
def ada(app: Flask, space_id: str) -> None:
    with app.test_request_context():
        people.create_person(EMAIL, PASSWORD, space_id, "owner")


def ask(app: Flask, email: str = EMAIL, address: str = "192.0.2.9"):
    return app.test_client().post(
        "/forgotten-password", data={"email": email}, environ_base={"REMOTE_ADDR": address}
    )


def letters(app: Flask, mail_server: MailServer) -> list[str]:
    """What the mailbox has by now."""
    with app.test_request_context():
        mail.send_due()
    return [letter.get_content() for letter in mail_server.letters]


def newest_link(app: Flask, mail_server: MailServer) -> str:
    found = [LINK.search(text) for text in letters(app, mail_server)]
    return [one[1] for one in found if one][-1]


def log_in(app: Flask, password: str) -> int:
    return app.test_client().post("/login", data={"email": EMAIL, "password": password}).status_code


def test_a_letter_a_new_password_and_everybody_else_is_logged_out(app, ada, mail_server):
    elsewhere = app.test_client()
    elsewhere.post("/login", data={"email": EMAIL, "password": PASSWORD})
    assert ask(app).status_code == 200
    link = newest_link(app, mail_server)
    assert app.test_client().get(link).status_code == 200
    answer = app.test_client().post(link, data={"password": NEW})
    assert answer.location == "/login"
    assert (log_in(app, PASSWORD), log_in(app, NEW)) == (422, 303)
    assert elsewhere.get("/webhooks").location.startswith("/login")
    assert "Your password for Hookdesk was changed just now" in letters(app, mail_server)[-1]
    with app.test_request_context():
        kinds = {change.kind for change in db.session.query(Change)}
    assert {"reset_asked", "password_reset"} <= kinds


def test_the_words_are_the_same_whether_there_is_an_account(app, ada, mail_server):
    known, unknown = ask(app).text, ask(app, "nobody@example.com").text
    token = re.compile(r'(name="csrf-token" content|name="csrf_token" value)="[^"]*"')
    assert token.sub("", known.replace(EMAIL, "X")) == token.sub(
        "", unknown.replace("nobody@example.com", "X")
    )
    assert len(letters(app, mail_server)) == 1


@pytest.mark.databases("sqlite")
def test_a_used_an_expired_and_an_unknown_link_say_what_to_do(app, ada, mail_server, monkeypatch):
    ask(app)
    link = newest_link(app, mail_server)
    app.test_client().post(link, data={"password": NEW})
    used = app.test_client().post(link, data={"password": NEW + "2"})
    assert used.status_code == 410 and "This link was used already" in used.text
    assert 'href="/forgotten-password"' in used.text
    assert app.test_client().get("/new-password/" + "x" * 43).status_code == 404
    ask(app)
    link = newest_link(app, mail_server)
    later = times.now_ms() + int(timedelta(hours=1, seconds=1).total_seconds() * 1000)
    monkeypatch.setattr(password_resets, "utc_now", lambda: times.from_ms(later))
    expired = app.test_client().post(link, data={"password": NEW + "2"})
    assert expired.status_code == 410 and "This link has expired" in expired.text
    assert log_in(app, NEW) == 303


@pytest.mark.databases("sqlite")
def test_a_password_that_may_not_be_used_leaves_the_link_as_it_is(app, ada, mail_server):
    ask(app)
    link = newest_link(app, mail_server)
    answer = app.test_client().post(link, data={"password": "ada-example"})
    assert answer.status_code == 422 and "not made from your e-mail address or name" in answer.text
    assert app.test_client().post(link, data={"password": NEW}).status_code == 303


@pytest.mark.databases("sqlite")
def test_one_link_that_is_used_ends_the_others(app, ada, mail_server):
    ask(app)
    ask(app, address="192.0.2.10")
    first, second = [m[1] for text in letters(app, mail_server) if (m := LINK.search(text))]
    assert app.test_client().post(second, data={"password": NEW}).status_code == 303
    assert app.test_client().get(first).status_code == 410


@pytest.mark.databases("sqlite")
def test_a_stranger_cannot_fill_a_mailbox_and_does_not_hold_up_the_log_in(app, ada, mail_server):
    statuses = [ask(app).status_code for _number in range(9)]
    assert statuses[:5] == [200] * 5 and 429 in statuses  # the first waits are short
    for number in range(5):
        ask(app, address=f"203.0.113.{number}")
    assert len(letters(app, mail_server)) == password_resets.MOST_AT_ONCE
    assert log_in(app, PASSWORD) == 303


@pytest.mark.databases("sqlite")
def test_a_link_is_unreadable_in_the_outbox_and_gone_once_it_is_sent(app, ada, mail_server):
    ask(app)
    with app.test_request_context():
        assert "/new-password/" not in db.session.query(Mail).one().body
    link = newest_link(app, mail_server)
    with app.test_request_context():
        letter = db.session.query(Mail).one()
        assert (letter.status, letter.body, letter.sealed) == ("sent", "", False)
    assert app.test_client().get(link).status_code == 200


@pytest.mark.databases("sqlite")
def test_without_a_mail_server_the_page_says_whom_to_ask_and_the_command_makes_a_link(app_with, ada, app):
    bare = app_with(SMTP_URL="")
    page = bare.test_client().get("/forgotten-password").text
    assert "This Hookdesk sends no mail. Ask whoever runs it for a link" in page
    made = bare.test_cli_runner().invoke(args=["person", "password-link", "--email", EMAIL])
    assert made.exit_code == 0
    found = LINK.match(made.output)
    assert found and app.test_client().post(found[1], data={"password": NEW}).status_code == 303
    nobody = bare.test_cli_runner().invoke(args=["person", "password-link", "--email", "x@example.com"])
    assert nobody.exit_code == 1 and "There is nobody with the address x@example.com." in nobody.output
    with app.test_request_context():
        assert db.session.query(Person).count() == 1
