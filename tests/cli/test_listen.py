"""`listen --forward-to`: real, signed events to an address on this machine, and nowhere else."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import pytest
from flask import Flask
from standardwebhooks.webhooks import Webhook

from app.services import spaces
from app.services.events import publishing
from app.services.events.forwarding import Forwarder
from tests.cli.test_commands import refused, run
from tests.machine.receiver import Answer, Receiver

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def acme(app: Flask) -> str:
    """The space Acme."""
    with app.app_context():
        return str(spaces.create_space("Acme").id)


@pytest.fixture
def publish_soon(app: Flask, acme: str) -> Callable[..., None]:
    """Publishes some events of these types, a moment from now."""

    def do(*types: str) -> None:
        def publish() -> None:
            time.sleep(0.7)
            with app.test_request_context():
                for number, event_type in enumerate(types):
                    publishing.publish(acme, [{"type": event_type, "data": {"id": number}}])

        threading.Thread(target=publish, daemon=True).start()

    return do


def test_each_event_once_signed_and_printed(app: Flask, publish_soon, receiver: Receiver) -> None:
    receiver.answer(Answer(200), Answer(500))
    publish_soon("lead.created", "lead.changed", "contact.created")
    output = run(app, "listen", "--space", "Acme", "--forward-to", receiver.url, "--count", "3").output
    secret = re.search(r"secret key (whsec_\S+)\.", output)
    assert secret is not None
    for request in receiver.requests:
        Webhook(secret[1]).verify(request.body, dict(request.headers))
    assert [one.json()["type"] for one in receiver.requests] == [
        "lead.created",
        "lead.changed",
        "contact.created",
    ]
    lines = output.splitlines()[1:]
    assert re.fullmatch(r"\d\d:\d\d:\d\d  200  \d+ ms  lead.created  evt_\w+", lines[0])
    assert lines[1].endswith("The receiving system had an error of its own.")
    assert len({one.header("webhook-id") for one in receiver.requests}) == 3


def test_only_the_events_that_were_asked_for_with_a_key_of_one_s_own(
    app: Flask, publish_soon, receiver: Receiver
) -> None:
    publish_soon("lead.created", "contact.created")
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    words = ("--event", "contact.created", "--secret", secret, "--count", "1")
    run(app, "listen", "--space", "Acme", "--forward-to", receiver.url, *words)
    (request,) = receiver.requests
    Webhook(secret).verify(request.body, dict(request.headers))
    assert request.json()["type"] == "contact.created"


def test_a_slow_receiver_misses_nothing(app: Flask, acme: str, receiver: Receiver, monkeypatch) -> None:
    """However long an answer took, what was published meanwhile comes next."""
    monkeypatch.setattr("app.services.events.forwarding.LOOK_BACK_MS", 50)
    with app.test_request_context():
        forwarder = Forwarder(acme, receiver.url, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        for number in range(3):
            publishing.publish(acme, [{"type": "lead.created", "data": {"id": number}}])
            time.sleep(0.1)
        assert len(list(forwarder.forward_new())) == 3
        publishing.publish(acme, [{"type": "lead.created", "data": {"id": 3}}])
        time.sleep(0.3)
        assert len(list(forwarder.forward_new())) == 1
        assert list(forwarder.forward_new()) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://10.0.0.1/hook",
        "http://169.254.169.254/",
        "http://localhost.example.com/",
        "http://0.0.0.0:3000/",
        "file:///etc/passwd",
        "http://user:pw@127.0.0.1/",
        "127.0.0.1:3000",
    ],
)
def test_nothing_leaves_this_machine(app: Flask, acme: str, url: str) -> None:
    assert refused(app, "listen", "--space", "Acme", "--forward-to", url).startswith("forward-to: ")


def test_a_name_is_never_asked_of_anybody(app: Flask, publish_soon, receiver: Receiver) -> None:
    publish_soon("lead.created")
    url = f"http://localhost:{receiver.port}/hook"
    run(app, "listen", "--space", "Acme", "--forward-to", url, "--count", "1")
    assert len(receiver.requests) == 1


def test_a_key_that_cannot_sign_is_refused(app: Flask, acme: str, receiver: Receiver) -> None:
    words = ("--forward-to", receiver.url, "--secret", "hello")
    assert refused(app, "listen", "--space", "Acme", *words).startswith("secret: ")


def test_a_receiver_that_is_not_there_is_said(app: Flask, publish_soon, receiver: Receiver) -> None:
    receiver.stop()
    publish_soon("lead.created")
    output = run(app, "listen", "--space", "Acme", "--forward-to", receiver.url, "--count", "1").output
    assert "no answer" in output
    assert "nothing there is accepting connections" in output
