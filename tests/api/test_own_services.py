"""A tool is passed on to the host's own service: signed, bounded, and without what proves the caller (D6)."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from flask import Flask
from standardwebhooks import Webhook

from app.core.errors import Invalid
from app.core.extensions import db
from app.models import OwnService
from app.services.incoming import own_services
from tests.api.incoming import DENIED, OtherSystem, give_permissions, other_system
from tests.api.problems import problem
from tests.machine.receiver import Answer, Received, Receiver

pytestmark = pytest.mark.databases("sqlite")
JSON = [("Content-Type", "application/json; charset=utf-8")]


@pytest.fixture
def system(app: Flask, space_id: str, receiver: Receiver) -> OtherSystem:
    """Another system in whose space the CRM is the host's own service."""
    receiver.always(Answer(200, b'{"mine":1.10}', JSON))
    with app.test_request_context():
        own_services.set_service(space_id, {"tool": "crm", "url": receiver.at("/svc/"), "timeout_s": 1})
    return other_system(app, space_id, "crm", "tasks")


def verified(system: OtherSystem, got: Received) -> bool:
    """By a library of Standard Webhooks, as a service would. Raises if it was not signed by us."""
    with system.client.application.app_context():
        secret = own_services.secret_of(db.session.query(OwnService).one())
    path = got.path.removeprefix("/svc")
    signed = [
        got.method,
        path,
        *(got.header(f"hookdesk-{one}") or "" for one in ("space", "person", "webhook")),
    ]
    text = "\n".join([*signed, ""]).encode() + got.body
    Webhook(secret).verify(text, dict(got.headers), json_parse=False)
    return True


def test_a_call_arrives_signed_for_space_person_and_webhook(system: OtherSystem, receiver: Receiver) -> None:
    answer = system("PUT", "/crm/v1/anything/of/yours?a=1&b=%20x", {"n": 1})
    assert (answer.status_code, answer.data) == (200, b'{"mine":1.10}')
    assert answer.mimetype == "application/json"
    got = receiver.wait_for()[0]
    assert (got.method, got.path, got.json()) == ("PUT", "/svc/crm/v1/anything/of/yours?a=1&b=%20x", {"n": 1})
    assert got.header("hookdesk-space") == system.space_id
    assert got.header("hookdesk-person") == system.person_id
    assert got.header("hookdesk-webhook") == system.webhook_id
    assert verified(system, got)
    assert [(one.method, one.status) for one in system.calls] == [("PUT", 200)]


def test_nothing_that_proves_the_caller_goes_along(system: OtherSystem, receiver: Receiver) -> None:
    system(
        "POST",
        "/crm/v1/x",
        {},
        headers={"Authorization": "Bearer canary", "Cookie": "s=canary", "X-Key": "canary"},
    )
    got = receiver.wait_for()[0]
    sent = f"{got.path} {got.headers} {got.body!r}"
    assert "canary" not in sent
    assert system.path.rpartition("/")[2] not in sent


def test_of_the_answer_only_status_and_json_come_back(system: OtherSystem, receiver: Receiver) -> None:
    receiver.answer(
        Answer(422, b'{"e":1}', [*JSON, ("Set-Cookie", "a=b"), ("X-Own", "1"), ("Location", "/x")])
    )
    answer = system("GET", "/crm/v1/x")
    assert (answer.status_code, answer.json) == (422, {"e": 1})
    assert not {"Set-Cookie", "X-Own", "Location"} & set(answer.headers.keys())
    receiver.answer(Answer(204))
    assert system("DELETE", "/crm/v1/x").status_code == 204


@pytest.mark.parametrize(
    ("answer", "status", "kind"),
    [
        (Answer(cut=True), 502, "service-failed"),
        (Answer(500, b"{}", JSON), 502, "service-failed"),
        (Answer(302, b"", [("Location", "http://127.0.0.1/")]), 502, "service-failed"),
        (Answer(200, b"<script>", [("Content-Type", "text/html")]), 502, "service-failed"),
        (Answer(200, b'"' + b"x" * 70_000 + b'"', JSON), 502, "service-failed"),
        (Answer(silent=True), 504, "service-timed-out"),
    ],
)
def test_a_service_that_fails_is_a_problem(
    system: OtherSystem, receiver: Receiver, answer: Answer, status: int, kind: str
) -> None:
    receiver.answer(answer)
    began = time.monotonic()
    problem(system("GET", "/crm/v1/x"), status, kind)
    assert time.monotonic() - began < 5
    assert system.calls[0].status == status
    assert system.calls[0].reason.startswith("service_")


def test_a_service_that_is_not_there_is_a_problem(system: OtherSystem, receiver: Receiver) -> None:
    receiver.stop()
    problem(system("GET", "/crm/v1/x"), 502, "service-failed")


def test_rights_are_asked_before_anything_leaves(system: OtherSystem, receiver: Receiver) -> None:
    give_permissions(system, "records.crm.view")
    assert system("GET", "/crm/v1/x").status_code == 200
    assert system("POST", "/crm/v1/x", {}).json == DENIED
    assert len(receiver.requests) == 1


def test_other_tools_stay_here(system: OtherSystem, receiver: Receiver) -> None:
    assert system("GET", "/tasks/v1/tasks").json == {"data": [], "next_cursor": None}
    assert receiver.requests == []


def test_another_host_gets_another_secret(system: OtherSystem, app: Flask) -> None:
    def secret_at(url: str) -> str:
        with app.test_request_context():
            return own_services.secret_of(
                own_services.set_service(system.space_id, {"tool": "crm", "url": url})
            )

    first = secret_at("http://127.0.0.1:9/a")
    assert secret_at("http://127.0.0.1:9/b") == first
    assert secret_at("http://127.0.0.1:99/b") != first


def test_an_address_inside_cannot_be_reached(app_with: Any, space_id: str, app: Flask) -> None:
    strict = app_with(DELIVERY_ALLOW_NETWORKS="")
    with strict.test_request_context(), pytest.raises(Invalid) as refused:
        own_services.set_service(space_id, {"tool": "crm", "url": "http://127.0.0.1:9/"})
    assert [error.field for error in refused.value.errors] == ["url"]


def test_a_slow_service_holds_up_nobody_else(system: OtherSystem, receiver: Receiver) -> None:
    """While it is waited for no transaction is open: others write."""
    receiver.answer(Answer(200, b"{}", JSON, delay_s=0.8))
    waiting = threading.Thread(target=system, args=("GET", "/crm/v1/slow"))
    waiting.start()
    receiver.wait_for()
    other = OtherSystem(system.client.application.test_client(), system.webhook_id, system.path)
    began = time.monotonic()
    assert other("POST", "/tasks/v1/tasks", {"title": "Task"}).status_code == 201
    assert time.monotonic() - began < 0.7
    waiting.join()
