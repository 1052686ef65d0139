"""Invite, accept, remove: who belongs to a space (E1)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import times
from app.core.errors import Conflict
from app.core.extensions import db
from app.models import Change, Invitation, Mail, Membership, Person, Role
from app.queries.people import all_roles
from app.services import people
from app.services.people import invitations, memberships
from tests.web.conftest import PASSWORD, Visitor

PAGE = "/settings/people"
NEW = "new@example.com"
LINK = re.compile(r"http://localhost(/join/[\w-]{43})")

sqlite_only = pytest.mark.databases("sqlite")


@pytest.fixture
def owner(log_in) -> Visitor:
    return Visitor(log_in("owner"))


@pytest.fixture
def roles(app: Flask, space_id: str) -> dict[str, str]:
    """The ids of the roles by their keys."""
    with app.test_request_context():
        return {role.key: role.id for role in all_roles(space_id)}


def link_in(page) -> str:
    found = LINK.search(page.text)
    assert found, page.text
    return found[1]


def accept(app: Flask, link: str, **form: str) -> tuple[FlaskClient, object]:
    client = app.test_client()
    return client, client.post(link, data={"name": "Ada Lovelace", "password": PASSWORD + "!", **form})


def kinds(app: Flask) -> list[str]:
    with app.test_request_context():
        return [change.kind for change in db.session.query(Change).order_by(Change.id)]


def test_without_a_mail_server_the_link_is_shown_once_and_lets_somebody_in(app, owner, roles, space_id):
    answer = owner.post(PAGE, email=" New@Example.com ", role_id=roles["support"])
    assert answer.status_code == 201
    link = link_in(answer)
    page = owner.get(PAGE).text
    assert NEW in page and link not in page
    with app.test_request_context():
        assert link.split("/")[-1] not in str(db.session.query(Invitation).one().__dict__)
    shown = app.test_client().get(link)
    assert shown.status_code == 200 and "owner@example.com invites new@example.com, as Support." in shown.text
    client, joined = accept(app, link)
    assert joined.location == "/login"
    answer = client.post("/login", data={"email": NEW, "password": PASSWORD + "!"})
    assert answer.status_code == 303
    assert client.get("/webhooks").status_code == 200
    assert client.get("/webhooks/new").status_code == 403
    assert "Ada Lovelace" in owner.get(PAGE).text
    assert {"invited", "joined", "logged_in"} <= set(kinds(app))


def test_a_link_works_once_and_says_what_to_do(app, owner, roles):
    link = link_in(owner.post(PAGE, email=NEW, role_id=roles["member"]))
    accept(app, link)
    _client, again = accept(app, link)
    assert again.status_code == 410 and "was accepted already. Log in with your password." in again.text
    unknown = app.test_client().get("/join/" + "x" * 43)
    assert unknown.status_code == 404 and "We do not know this link" in unknown.text


def test_an_expired_link_says_whom_to_ask(app, owner, roles, monkeypatch):
    link = link_in(owner.post(PAGE, email=NEW, role_id=roles["member"]))
    later = times.now_ms() + int(timedelta(days=7, seconds=1).total_seconds() * 1000)
    monkeypatch.setattr(invitations, "utc_now", lambda: times.from_ms(later))
    answer = app.test_client().get(link)
    assert answer.status_code == 410
    assert "This invitation has expired. Ask owner@example.com to send it again." in answer.text
    with app.test_request_context():
        assert db.session.query(Person).filter_by(email=NEW).count() == 0


def test_invited_twice_the_first_stays_valid_and_the_page_says_so(app, owner, roles):
    first = link_in(owner.post(PAGE, email=NEW, role_id=roles["support"]))
    again = owner.post(PAGE, email=NEW, role_id=roles["member"])
    assert again.status_code == 422
    assert "was invited already, as Support. That invitation stays valid until" in again.text
    assert f'value="{NEW}"' in again.text
    assert app.test_client().get(first).status_code == 200


@sqlite_only
def test_a_new_link_ends_the_old_one_and_withdrawing_ends_both(app, owner, roles):
    old = link_in(owner.post(PAGE, email=NEW, role_id=roles["support"]))
    with app.test_request_context():
        invitation_id = db.session.query(Invitation).one().id
    new = link_in(owner.post(f"{PAGE}/invitations/{invitation_id}/renew"))
    assert app.test_client().get(old).status_code == 404
    assert app.test_client().get(new).status_code == 200
    assert owner.post(f"{PAGE}/invitations/{invitation_id}/withdraw").status_code == 303
    answer = app.test_client().get(new)
    assert answer.status_code == 410 and "was withdrawn. Ask owner@example.com for a new one." in answer.text
    assert owner.post(f"{PAGE}/invitations/{invitation_id}/withdraw").status_code == 404


@sqlite_only
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"email": "nobody"}, "Enter an e-mail address such as ada@example.com."),
        ({"email": "owner@example.com"}, "owner@example.com belongs to this space already, as Owner."),
        ({"email": NEW, "role_id": "rol_x"}, "Choose a role from the list."),
    ],
)
def test_what_cannot_be_invited_is_said_beside_the_field(app, owner, roles, form, sentence):
    answer = owner.post(PAGE, **{"role_id": roles["member"], **form})
    assert answer.status_code == 422 and sentence in answer.text
    with app.test_request_context():
        assert db.session.query(Invitation).count() == 0


@sqlite_only
@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"password": "short"}, "Use at least 8 characters."),
        ({"password": "new-example-com"}, "not made from your e-mail address or name"),
        ({"password": "lovelace2026", "name": "Ada Lovelace"}, "not made from your e-mail address or name"),
        ({"name": " "}, "Enter your name."),
    ],
)
def test_what_cannot_be_accepted_uses_nothing_up(app, owner, roles, form, sentence):
    link = link_in(owner.post(PAGE, email=NEW, role_id=roles["member"]))
    _client, answer = accept(app, link, **form)
    assert answer.status_code == 422 and sentence in answer.text
    assert accept(app, link)[1].status_code == 303


@sqlite_only
def test_somebody_with_an_account_joins_with_it_and_nobody_else_does(app, owner, roles, other_space_id):
    with app.test_request_context():
        people.create_person(NEW, PASSWORD, other_space_id, "member")
        people.create_person("third@example.com", PASSWORD, other_space_id, "member")
    link = link_in(owner.post(PAGE, email=NEW, role_id=roles["support"]))
    _client, answer = accept(app, link)
    assert answer.status_code == 422 and "You have an account already. Log in to join." in answer.text
    third, invited = app.test_client(), app.test_client()
    third.post("/login", data={"email": "third@example.com", "password": PASSWORD})
    assert third.post(f"{link}/as-me").status_code == 404
    invited.post("/login", data={"email": NEW, "password": PASSWORD})
    assert "Join" in invited.get(link).text
    assert invited.post(f"{link}/as-me").status_code == 303
    assert '<span class="space-name">Acme</span>' in invited.get("/webhooks").text


@sqlite_only
def test_with_a_mail_server_only_the_mailbox_gets_the_link(app_with, space_id, log_in, app, roles):
    served = app_with(SMTP_URL="smtp://127.0.0.1:9")
    served.config["WTF_CSRF_ENABLED"] = False
    log_in("owner")
    client = served.test_client()
    client.post("/login", data={"email": "owner@example.com", "password": PASSWORD})
    answer = client.post(PAGE, data={"email": NEW, "role_id": roles["support"]}, follow_redirects=True)
    assert "We are sending an invitation to new@example.com." in answer.text and not LINK.search(answer.text)
    with served.test_request_context():
        letter = db.session.query(Mail).one()
        assert letter.recipient == NEW and letter.sealed and "/join/" not in letter.body
        db.session.remove()


def test_the_last_owner_stays(app, owner, roles, space_id):
    with app.test_request_context():
        owner_id = db.session.query(Person).filter_by(email="owner@example.com").one().id
    for answer in (
        owner.post(f"{PAGE}/{owner_id}/role", role_id=roles["admin"]),
        owner.post(f"{PAGE}/{owner_id}/remove"),
    ):
        assert answer.status_code == 409
        assert (
            "owner@example.com is the only owner of this space. Make somebody else an owner first."
            in answer.text
        )
    assert owner.get(PAGE).status_code == 200


def test_two_owners_who_leave_at_once_leave_one(app, space_id, roles):
    with app.test_request_context():
        ids = [people.create_person(f"o{n}@example.com", PASSWORD, space_id, "owner").id for n in range(2)]

    def leave(person_id: str) -> str:
        with app.test_request_context():
            try:
                memberships.remove(space_id, person_id, Role(key="owner", permissions=[]))
            except Conflict as refused:
                return refused.kind
            return "removed"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, ids)) == ["last_owner", "removed"]
    with app.test_request_context():
        assert db.session.query(Membership).filter_by(space_id=space_id).count() == 1


@sqlite_only
def test_an_admin_makes_nobody_an_owner_and_removes_none(app, owner, log_in, roles):
    admin = Visitor(log_in("admin"))
    assert admin.post(PAGE, email=NEW, role_id=roles["owner"]).status_code == 422
    with app.test_request_context():
        owner_id = db.session.query(Person).filter_by(email="owner@example.com").one().id
    assert admin.post(f"{PAGE}/{owner_id}/remove").status_code == 409
    assert admin.post(f"{PAGE}/{owner_id}/role", role_id=roles["member"]).status_code == 409
    assert admin.post(PAGE, email=NEW, role_id=roles["admin"]).status_code == 201


@sqlite_only
def test_who_is_removed_is_out_at_the_next_click_in_open_tabs_too(app, owner, support, space_id):
    assert support.get("/webhooks", "webhook-list").status_code == 200
    with app.test_request_context():
        person_id = db.session.query(Person).filter_by(email="support@example.com").one().id
    assert "Remove support@example.com" in owner.get(f"{PAGE}/{person_id}/remove").text
    assert owner.post(f"{PAGE}/{person_id}/remove").status_code == 303
    assert support.get("/webhooks").location.startswith("/login")
    assert support.get("/webhooks", "webhook-list").headers["HX-Redirect"].startswith("/login")
    assert "removed" in kinds(app)


@sqlite_only
def test_people_say_when_they_were_last_seen(app, owner, support, space_id):
    support.get("/webhooks")
    with app.test_request_context():
        people.create_person("never@example.com", PASSWORD, space_id, "member")
    page = owner.get(PAGE).text
    row = page.split("never@example.com</strong>")[1].split("</tr>")[0]
    assert "Never" in row
    assert "Never" not in page.split("support@example.com</strong>")[1].split("</tr>")[0]


@sqlite_only
def test_many_people_go_by_pages(app, owner, space_id):
    with app.test_request_context():
        role_id = db.session.query(Role).filter_by(space_id=space_id, key="member").one().id
        for number in range(60):
            person = Person(email=f"p{number:02}@example.com", password_hash="")
            db.session.add(person)
            db.session.flush()
            db.session.add(Membership(person_id=person.id, space_id=space_id, role_id=role_id))
        db.session.commit()
    first = owner.get(PAGE).text
    assert "p48@example.com" in first and "p50@example.com" not in first
    assert "p59@example.com" in owner.get(PAGE, after="p48@example.com").text
