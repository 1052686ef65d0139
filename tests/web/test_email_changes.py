"""A change of address is confirmed by both mailboxes."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.extensions import db
from app.models import Change, EmailChange, Person
from app.services import people
from app.services.alerts import mail
from tests.machine.smtp import MailServer
from tests.web.conftest import PASSWORD, Visitor

pytestmark = pytest.mark.databases("sqlite")
LINK = re.compile(r"http://localhost(/confirm-email/[\w-]{43})")
OLD, NEW = "owner@example.com", "countess@example.com"


@pytest.fixture
def settings(settings: dict[str, str], mail_server: MailServer) -> dict[str, str]:
    return {**settings, "SMTP_URL": mail_server.url}


@pytest.fixture
def owner(log_in) -> Visitor:
    return Visitor(log_in("owner"))


def ask(owner: Visitor, **form: str):
    return owner.post("/account/email", **{"new_email": NEW, "password": PASSWORD, **form})


def links(app: Flask, mail_server: MailServer) -> dict[str, str]:
    """The newest link by the mailbox that it came to."""
    with app.test_request_context():
        mail.send_due()
    found = {str(one["To"]): LINK.search(one.get_content()) for one in mail_server.letters}
    return {to: one[1] for to, one in found.items() if one}


def email_of(app: Flask) -> str:
    with app.test_request_context():
        return db.session.query(Person).one().email


@pytest.mark.parametrize("order", [(OLD, NEW), (NEW, OLD)])
def test_both_confirm_in_either_order_and_the_address_changes(app, owner, mail_server, order):
    assert ask(owner).status_code == 303
    found = links(app, mail_server)
    assert set(found) == {OLD, NEW}
    somebody = app.test_client()
    assert somebody.get(found[order[0]]).status_code == 200  # a scanner looks at links, too
    assert email_of(app) == OLD
    answer = somebody.post(found[order[0]])
    assert f"Confirmed by {order[0]}." in answer.text and email_of(app) == OLD
    somebody.post(found[order[0]])
    assert email_of(app) == OLD
    assert somebody.post(found[order[1]]).status_code == 303
    assert email_of(app) == NEW
    assert app.test_client().post("/login", data={"email": NEW, "password": PASSWORD}).status_code == 303
    assert app.test_client().post("/login", data={"email": OLD, "password": PASSWORD}).status_code == 422
    assert somebody.post(found[order[1]]).status_code == 410
    with app.test_request_context():
        kinds = [change.kind for change in db.session.query(Change)]
    assert {"email_change_asked", "email_confirmed", "email_changed"} <= set(kinds)


def test_a_foreign_link_does_nothing(app, owner, mail_server):
    ask(owner)
    links(app, mail_server)
    assert app.test_client().post("/confirm-email/" + "x" * 43).status_code == 404
    assert email_of(app) == OLD


def test_a_newer_change_and_a_cancelled_one_end_the_links(app, owner, mail_server):
    ask(owner)
    first = links(app, mail_server)
    ask(owner, new_email="other@example.com")
    assert app.test_client().post(first[NEW]).status_code == 410
    second = links(app, mail_server)
    assert "We wrote to owner@example.com and to other@example.com." in owner.get("/account").text
    owner.post("/account/email/cancel")
    answer = app.test_client().post(second[OLD])
    assert answer.status_code == 410 and "Log in and ask for it again" in answer.text
    with app.test_request_context():
        assert "email_change_cancelled" in [change.kind for change in db.session.query(Change)]


def test_an_address_that_is_somebody_elses_is_told_to_its_mailbox_alone(app, owner, mail_server, space_id):
    with app.test_request_context():
        people.create_person(NEW, PASSWORD, space_id, "member")
    assert ask(owner).status_code == 303
    found = links(app, mail_server)
    app.test_client().post(found[OLD])
    answer = app.test_client().post(found[NEW])
    assert answer.status_code == 409 and f"{NEW} has an account of its own." in answer.text
    with app.test_request_context():
        assert db.session.query(Person).filter_by(email=OLD).count() == 1
        assert db.session.query(EmailChange).one().new_confirmed_at is None


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"password": "wrong"}, "This is not your present password."),
        ({"new_email": "x"}, "Enter an e-mail address such as ada@example.com."),
        ({"new_email": "Owner@example.com"}, "This is your address already."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(app, owner, mail_server, form, sentence):
    answer = ask(owner, **form)
    assert answer.status_code == 422 and sentence in answer.text
    assert links(app, mail_server) == {}
