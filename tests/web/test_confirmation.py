"""Waiting for confirmation on screen and by the API."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from tests.api.conftest import caller_in
from tests.machine.receiver import Answer

pytestmark = pytest.mark.databases("sqlite")

FORM = {
    "name": "CRM sync",
    "events": "lead.created",
    "timeout_s": "5",
    "failure_limit": "10",
    "failure_window_min": "0",
    "max_in_flight": "10",
    "verification": "confirmation",
    "active": "1",
}


@pytest.fixture
def waiting(admin, receiver) -> str:
    """The page of a webhook that waits for its receiver."""
    answer = admin.post("/webhooks/new", **FORM, url=receiver.url)
    assert answer.status_code == 303, answer.text
    return answer.location.partition("?")[0]


def newest_link(receiver) -> str:
    return urlsplit(receiver.requests[-1].json()["data"]["confirmation_url"]).path


def test_the_page_says_for_whom_it_waits_and_until_when(admin, waiting):
    page = admin.get(waiting).text
    assert "Waiting for confirmation" in page
    assert "127.0.0.1 must confirm that it wants events; asked just now." in page
    assert "The link works until" in page
    assert "What happens until then is not kept for it." in page
    assert "Send again" in page and ">Turn on<" not in page
    assert "Waiting for confirmation" in admin.get("/webhooks").text
    assert (
        'id="verification-confirmation" value="confirmation" checked' in admin.get(f"{waiting}/settings").text
    )


def test_send_again_then_follow(admin, client, waiting, receiver):
    answer = admin.post(f"{waiting}/confirmation", target="diagnosis")
    assert (answer.status_code, "was sent again" in answer.text) == (200, True)
    assert len(receiver.requests) == 2
    client.get(newest_link(receiver))
    page = admin.get(waiting).text
    assert "Waiting for confirmation" not in page
    assert "It is on and waits for the first event." in page
    assert "Its receiver confirmed on" in page
    again = admin.post(f"{waiting}/confirmation", target="diagnosis")
    assert (again.status_code, "The receiver has confirmed this address." in again.text) == (409, True)


def test_a_receiver_that_cannot_be_asked(admin, receiver, waiting):
    receiver.stop()
    answer = admin.post(f"{waiting}/confirmation", target="diagnosis")
    assert answer.status_code == 409
    words = "127.0.0.1 is reachable, but nothing there is accepting connections."
    assert words in answer.text
    assert f"We could not hand over the link: {words}" in admin.get(waiting).text
    receiver.start()
    receiver.always(Answer(404))
    row = admin.post(f"{waiting}/confirmation", target=f"row-{waiting.rpartition('/')[2]}", on="list")
    assert row.status_code == 409
    assert "is up, but there is nothing at this address." in row.text


def test_a_new_address_says_that_what_happens_waits(admin, client, waiting, receiver):
    client.get(newest_link(receiver))
    admin.post(f"{waiting}/settings", **FORM, url=receiver.at("/new"))
    page = admin.get(waiting).text
    assert "Waiting for confirmation" in page
    assert "What happens until then waits, and is sent afterwards." in page
    assert "Resume" not in page


def test_the_api(app, space_id, client, receiver):
    call = caller_in(app, space_id)
    made = call.new_webhook(on=False, url=receiver.url, verification="confirmation")
    assert (made["state"], made["status"], made["confirmation"]) == ("off", "off", "unconfirmed")
    again = call("POST", f"/webhooks/{made['id']}/confirmation")
    assert again.status_code == 200
    assert (again.json["attempt"]["trigger"], again.json["attempt"]["outcome"]) == ("ping", "succeeded")
    token = newest_link(receiver).rpartition("/")[2]
    assert token not in again.text
    assert call("POST", f"/webhooks/{made['id']}/enable").json["status"] == "unconfirmed"
    assert client.get(newest_link(receiver)).status_code == 200
    shown = call("GET", f"/webhooks/{made['id']}").json
    assert (shown["state"], shown["status"], shown["confirmation"]) == ("on", "working", "confirmed")
    assert call("POST", f"/webhooks/{made['id']}/confirmation").status_code == 409
    plain = call.new_webhook(url=receiver.url)
    assert plain["confirmation"] is None
    assert call("POST", f"/webhooks/{plain['id']}/confirmation").json["type"].endswith("no-confirmation")


def test_support_may_not_send_it_again(support, a_webhook):
    assert support.post(f"/webhooks/{a_webhook}/confirmation").status_code == 403
