"""The maintenance runs beside the deliveries: a mail server that says nothing holds none of them up."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from app.core.extensions import db
from app.maintenance.people import hand_over_mail
from app.maintenance.rounds import Rounds
from app.maintenance.step import Step
from app.models import Mail
from app.services.alerts import mail

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def silent():
    """A mail server that takes connections and never says a word."""
    listener = socket.create_server(("127.0.0.1", 0))
    yield listener
    listener.close()


@pytest.fixture
def settings(settings, silent):
    return {**settings, "SMTP_URL": f"smtp://127.0.0.1:{silent.getsockname()[1]}"}


def test_a_silent_mail_server(app, silent, space_id, new_webhook, publish, runtime, rows):
    mail.write(db.session(), space_id, "ada@example.com", "Hello", "You there?")
    db.session.commit()
    stopping = threading.Event()
    running = Rounds(app, stopping, [Step("mail", 0.05, hand_over_mail, waits=True)])
    running.start()
    connection, _address = silent.accept()  # it is being waited for now
    new_webhook()
    publish()
    began = time.monotonic()
    assert runtime.sweep() == 1
    assert rows.statuses() == ["succeeded"]
    assert time.monotonic() - began < 5
    stopping.set()
    connection.close()
    running.join()
    assert (db.session.query(Mail).one().status, db.session.query(Mail).one().attempts) == ("waiting", 1)


def test_a_step_that_fails_is_run_again_and_holds_up_no_other(app, monkeypatch):
    monkeypatch.setattr("app.maintenance.rounds.REST_AFTER_FAILURE_S", 0.05)
    runs, twice, other = [], threading.Event(), threading.Event()

    def stumble(_turn) -> bool:
        runs.append(1)
        if len(runs) == 2:
            twice.set()
        raise RuntimeError("stumbled")

    def go_on(_turn) -> bool:
        other.set()
        return False

    stopping = threading.Event()
    running = Rounds(app, stopping, [Step("stumbles", 0.01, stumble), Step("goes_on", 0.01, go_on)])
    running.start()
    assert twice.wait(10)
    assert other.wait(10)
    stopping.set()
    running.join()
