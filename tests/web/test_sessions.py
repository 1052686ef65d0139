"""Where somebody is logged in, and how they end it."""

from __future__ import annotations

import re

import pytest

from app.core.extensions import db
from app.models import Change, LoginSession, Person
from app.web.people.words import browser_words
from tests.web.conftest import PASSWORD, Visitor

pytestmark = pytest.mark.databases("sqlite")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0"
END = re.compile(r'action="(/account/sessions/[0-9a-f]{64}/end)"')


@pytest.fixture
def owner(log_in) -> Visitor:
    return Visitor(log_in("owner"))


def elsewhere(app, agent: str = FIREFOX):
    client = app.test_client()
    form = {"email": "owner@example.com", "password": PASSWORD}
    client.post(
        "/login", data=form, headers={"User-Agent": agent}, environ_base={"REMOTE_ADDR": "203.0.113.5"}
    )
    return client


def test_one_is_ended_at_its_next_click(app, owner):
    other = elsewhere(app)
    page = owner.get("/account").text
    assert "Firefox on Windows" in page and "203.0.113.5" in page and page.count("This one") == 1
    (end,) = END.findall(page)
    assert owner.post(end).status_code == 303
    assert other.get("/webhooks").location.startswith("/login")
    assert owner.get("/webhooks").status_code == 200
    with app.test_request_context():
        assert "session_ended" in [change.kind for change in db.session.query(Change)]


def test_all_others_are_ended_at_once(app, owner):
    others = [elsewhere(app) for _number in range(3)]
    answer = owner.post("/account/sessions/end-others")
    assert answer.location == "/account"
    assert "3 other browsers are logged out." in owner.get("/account").text
    assert all(other.get("/webhooks").location.startswith("/login") for other in others)


def test_nobody_ends_somebody_elses(app, owner, support):
    with app.test_request_context():
        (session_id,) = [
            row.id
            for row in db.session.query(LoginSession).join(Person, Person.id == LoginSession.person_id)
            if db.session.get(Person, row.person_id).email == "owner@example.com"
        ]
    for wrong in (session_id, "x" * 64):
        assert support.post(f"/account/sessions/{wrong}/end").status_code == 404
    assert owner.get("/webhooks").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (EDGE, "Edge on Windows"),
        ("curl/8.1", "curl/8.1"),
        ("", "An unknown program"),
    ],
)
def test_browsers_have_names(inside, agent, words):
    assert browser_words(agent) == words
