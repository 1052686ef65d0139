"""Checks of receivers on screen: ask, progress, score card, history, schedule."""

from __future__ import annotations

import pytest

from app.core.extensions import db
from app.models import ReceiverCheck, ReceiverWatch
from app.services.receiver_checks import running
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def checked(new_webhook, receiver) -> str:
    """A webhook whose receiver answers."""
    return new_webhook(url=receiver.url)


def run_open(app) -> None:
    with app.test_request_context():
        running.run(db.session.query(ReceiverCheck.id).filter_by(state="waiting").scalar())


def test_from_asking_to_the_score_card(app, admin, checked):
    asked = admin.post(f"/webhooks/{checked}/checks")
    assert asked.status_code == 303
    waiting = admin.get(asked.location)
    assert "We are sending the test messages now." in waiting.text
    assert 'hx-trigger="every 2s"' in waiting.text
    assert "Show the result" in waiting.text
    run_open(app)
    done = admin.get(asked.location).text
    assert "every 2s" not in done
    assert "It accepted the message with code 200, so it does not check enough." in done
    assert "Needs action by:" in done
    assert "things should change." in done


def test_htmx_gets_the_card_alone(app, admin, checked):
    location = admin.post(f"/webhooks/{checked}/checks").location
    fragment = admin.get(location, target="check").text
    assert fragment.lstrip().startswith('<div id="check"')


def test_checks_are_kept(app, admin, checked):
    for _number in range(2):
        admin.post(f"/webhooks/{checked}/checks")
        run_open(app)
    page = admin.get(f"/webhooks/{checked}/checks").text
    assert page.count("Needs changes") == 2
    assert "admin@example.com" in page


def test_how_often_by_itself(app, admin, checked):
    assert admin.post(f"/webhooks/{checked}/checks/schedule", every_days="7").status_code == 303
    page = admin.get(f"/webhooks/{checked}/checks").text
    assert 'value="7" checked' in page
    assert "Next check:" in page
    assert admin.post(f"/webhooks/{checked}/checks/schedule", every_days="3").status_code == 422
    with app.app_context():
        assert db.session.get_one(ReceiverWatch, checked).check_every_days == 7


def test_what_a_receiver_says_is_never_markup(app, admin, checked, receiver):
    receiver.always(Answer(301, headers=[("Location", "https://evil.example/<script>alert(1)</script>")]))
    location = admin.post(f"/webhooks/{checked}/checks").location
    run_open(app)
    assert "<script>alert" not in admin.get(location).text


def test_support_reads_and_does_not_ask(app, admin, support, checked):
    location = admin.post(f"/webhooks/{checked}/checks").location
    assert support.get(location).status_code == 200
    page = support.get(f"/webhooks/{checked}/checks")
    assert "Check now" not in page.text
    assert support.post(f"/webhooks/{checked}/checks").status_code == 403
    assert support.post(f"/webhooks/{checked}/checks/schedule", every_days="1").status_code == 403


def test_another_space_s_checks_are_not_there(admin, new_webhook, other_space_id, receiver):
    elsewhere = new_webhook(space_id=other_space_id, url=receiver.url)
    assert admin.get(f"/webhooks/{elsewhere}/checks").status_code == 404
    assert admin.post(f"/webhooks/{elsewhere}/checks").status_code == 404
    assert admin.post(f"/webhooks/{elsewhere}/checks/schedule", every_days="1").status_code == 404


def test_one_that_has_not_confirmed_says_what_to_do(admin, new_webhook, receiver):
    webhook = new_webhook(
        url=receiver.url, state="off", state_reason="unconfirmed", verification="confirmation"
    )
    answer = admin.post(f"/webhooks/{webhook}/checks")
    assert "must confirm first" in admin.get(answer.location).text
    assert receiver.requests == []
