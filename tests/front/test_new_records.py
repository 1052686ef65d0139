"""Records made through incoming addresses at the same moment are stored together, each as if it came alone (D2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from flask import Flask
from sqlalchemy import select

from app.core.digests import digest_of
from app.core.extensions import db
from app.core.transaction import transaction
from app.models import Change, Event, IncomingCall, IncomingWebhook, Record
from app.services import api_keys, incoming
from app.services.incoming import Maker, address_of, own_services
from app.services.incoming.addresses import known_address
from app.services.incoming.calls import ArrivedCall
from app.services.incoming.group import NewRecord, store_group
from app.services.incoming.tools import tools
from app.services.records import kind_named
from app.services.records.checking import checked

PATH = "/crm/v1/entities/lead"
MANY = 12
PLAIN = {"Accept-Encoding": "identity"}


@pytest.fixture
def made(server) -> tuple[str, str]:
    """(id, token) of one that may use the CRM, and acts for the key of the command line."""
    with server.app.test_request_context():
        maker = Maker(None, server.key_id)
        webhook = incoming.create(server.space_id, {"name": "In", "tools": ["crm"]}, maker)
        return webhook.id, address_of(webhook).rpartition("/")[2]


@pytest.fixture
def webhook_id(made: tuple[str, str]) -> str:
    """Its id."""
    return made[0]


@pytest.fixture
def token(made: tuple[str, str]) -> str:
    """The secret of its address."""
    return made[1]


@pytest.fixture
def call(server, token: str) -> Callable[..., requests.Response]:
    """Create a lead through the front."""

    def create(number: int = 0, **values: object) -> requests.Response:
        url = f"{server.process.url}/in/{token}{PATH}"
        return requests.post(url, json={"title": f"Lead {number}", **values}, headers=PLAIN, timeout=30)

    return create


def at_once(call: Callable[[int], requests.Response]) -> list[requests.Response]:
    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(call, range(MANY)))


def change(app: Flask, webhook_id: str, **values: object) -> None:
    with app.app_context(), transaction() as session:
        row = session.get_one(IncomingWebhook, webhook_id)
        for name, value in values.items():
            setattr(row, name, value)


def new_record(app: Flask, token: str, **values: object) -> NewRecord:
    with app.test_request_context():
        address = known_address(digest_of(token))
        assert address is not None
        given = checked(kind_named("lead"), {"title": "Lead", **values}, new=True)
        return NewRecord(
            token, address, tools()["crm"], "lead", given, ArrivedCall("198.51.100.7", "POST", PATH)
        )


def test_all_have_ids_of_their_own_events_audit_and_log(server, call) -> None:
    answers = at_once(call)
    assert [answer.status_code for answer in answers] == [201] * MANY
    assert sorted(answer.json()["id"] for answer in answers) == list(range(1, MANY + 1))
    with server.app.app_context():
        rows = {row.own_id: row for row in db.session.scalars(select(Record))}
        events = list(db.session.scalars(select(Event).where(Event.type == "lead.created")))
        changes = Counter(db.session.scalars(select(Change.subject_id)))
        calls = list(db.session.scalars(select(IncomingCall)))
    for answer in answers:
        assert rows[str(answer.json()["id"])].label == answer.json()["title"]
    assert sorted(event.object_id for event in events) == sorted(rows)
    assert all(changes[row.id] == 1 for row in rows.values())
    assert [(one.status, one.path, one.method) for one in calls] == [(201, PATH, "POST")] * MANY
    alone = requests.get(f"{call().url}/1", timeout=30).json()
    assert alone == next(answer.json() for answer in answers if answer.json()["id"] == 1)


@pytest.mark.databases("sqlite")
def test_the_answer_has_the_headers_that_flask_gives_it(server, call) -> None:
    grouped = call()
    alone = call(title="Lead", comments="x" * 20_000)  # too long for the event loop
    left_out = {"content-length", "date"}
    headers, expected = (
        {name: value for name, value in answer.headers.items() if name.lower() not in left_out}
        for answer in (grouped, alone)
    )
    assert headers == expected


def test_no_more_come_in_than_the_limit_lets(server, webhook_id: str, call) -> None:
    change(server.app, webhook_id, rate_per_minute=5)
    assert Counter(answer.status_code for answer in at_once(call)) == {201: 5, 429: MANY - 5}


@pytest.mark.databases("sqlite")
def test_what_is_refused_is_answered_and_counted_once(server, webhook_id: str, call) -> None:
    change(server.app, webhook_id, read_only=True, rate_per_minute=3)
    answers = [call() for _ in range(4)]
    assert [answer.status_code for answer in answers] == [403, 403, 403, 429]
    assert answers[0].json() == {"errors": {"text": ["Access is denied!"]}, "status": True}


@pytest.mark.databases("sqlite")
def test_rights_end_at_once(server, webhook_id: str, call) -> None:
    assert call().status_code == 201
    change(server.app, webhook_id, tools=["tasks"])
    assert call().status_code == 403
    change(server.app, webhook_id, tools=["crm"])
    assert call().status_code == 201
    with server.app.test_request_context():
        api_keys.revoke_key(server.space_id, server.key_id)
    assert call().status_code == 403


@pytest.mark.databases("sqlite")
def test_a_tool_that_is_passed_on_is_not_taken_here(server, call) -> None:
    with server.app.test_request_context():
        own_services.set_service(server.space_id, {"tool": "crm", "url": "http://127.0.0.1:9/"})
    assert call().status_code == 502
    with server.app.app_context():
        assert db.session.scalar(select(Record.id)) is None


def test_a_fault_of_one_befalls_that_one_alone(app, server, token: str) -> None:
    group = [new_record(app, token) for _ in range(5)]
    group[2].values["title"] = object()  # it passed every check, and cannot be stored
    with app.test_request_context():
        made = store_group(group)
    assert set(made) == {new for new in group if new is not group[2]}
    assert group[2].rate_kept
    with app.app_context():
        assert len(list(db.session.scalars(select(Record)))) == 4
        assert len(list(db.session.scalars(select(IncomingCall)))) == 4


def test_an_unknown_address_is_left_to_the_usual_way(app, server, token: str) -> None:
    stranger = new_record(app, token)
    stranger.token = "nobody"
    known = new_record(app, token)
    with app.test_request_context():
        assert set(store_group([stranger, known])) == {known}
