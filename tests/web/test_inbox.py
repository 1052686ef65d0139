"""The built-in test address: what it keeps, answers and tells about signatures."""

from __future__ import annotations

import re
import time

import pytest

from app.core.errors import Invalid, NotFound
from app.core.extensions import db
from app.models import Inbox, InboxMessage
from app.models.inbox import KEPT_MESSAGES
from app.sending.message.signing import parse_secret, sign
from app.services import inboxes
from app.services import webhooks as service


@pytest.fixture
def address(admin) -> str:
    """The path of the space's test address."""
    return re.search(r"http://localhost(/inbox/[a-z0-9]{32})", admin.get("/inbox").text)[1]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_anybody_may_send_with_any_method(client, admin, address, method, app):
    app.config["WTF_CSRF_ENABLED"] = True
    answer = client.open(f"{address}?a=1", method=method, data=b'{"hello":"there"}')
    assert (answer.status_code, answer.json) == (200, {"status": "OK"})
    page = admin.get("/inbox").text
    assert f"<summary>{method} " in page
    assert "hello" in page
    assert f"{address}?a=1" in page
    assert "Not signed" in page


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("status", inboxes.ANSWERS)
def test_it_answers_as_chosen(client, admin, address, status):
    admin.post("/inbox/answer", answer=str(status))
    assert client.post(address, data=b"x").status_code == status
    assert f"From now on it answers {status}" in admin.get("/inbox").text


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("odd", ["418", "", "x", "-1", "9" * 50])
def test_other_answers_cannot_be_chosen(admin, client, address, odd):
    admin.post("/inbox/answer", answer=odd)
    assert "Choose one of the answers." in admin.get("/inbox").text
    assert client.post(address).status_code == 200


@pytest.mark.databases("sqlite")
def test_an_unknown_address_is_not_there(client, address):
    assert client.post("/inbox/" + "a" * 32).status_code == 404
    assert client.post("/inbox/" + "a" * 31).status_code == 404


@pytest.mark.databases("sqlite")
def test_too_much_at_once_is_refused(client, address):
    assert client.post(address, data=b"x" * (1024 * 1024 + 1)).status_code == 413
    assert client.post(address, data=b"x" * (1024 * 1024)).status_code == 200


def test_only_the_newest_are_kept(inside, space_id):
    token = inboxes.inbox_of(space_id).token
    for number in range(KEPT_MESSAGES + 3):
        inboxes.receive(token, "POST", "/", [], str(number).encode())
    kept = [m.body for m in db.session.query(InboxMessage).order_by(InboxMessage.id)]
    assert len(kept) == KEPT_MESSAGES
    inboxes.clear(space_id)
    assert db.session.query(InboxMessage).count() == 0


def test_there_is_one_inbox_per_space(inside, space_id):
    assert inboxes.inbox_of(space_id).id == inboxes.inbox_of(space_id).id
    assert db.session.query(Inbox).count() == 1
    with pytest.raises(NotFound):
        inboxes.receive("nobody", "POST", "/", [], b"")
    with pytest.raises(Invalid):
        inboxes.set_answer(space_id, 302)


@pytest.mark.databases("sqlite")
class TestSignature:
    """Whose secret key signed it."""

    def _send(self, client, address, secret, body=b'{"a":1}', signed=b'{"a":1}', at=None):
        at = at or int(time.time())
        signature = sign("evt_1", at, signed, [parse_secret(secret)])
        headers = {"webhook-id": "evt_1", "webhook-timestamp": str(at), "webhook-signature": signature}
        client.post(address, data=body, headers=headers)

    @pytest.fixture
    def secret(self, app, space_id, a_webhook) -> str:
        with app.test_request_context():
            return service.reveal_secret(space_id, a_webhook)

    def test_of_a_webhook_here(self, client, admin, address, secret):
        self._send(client, address, secret)
        assert "Signed by: CRM sync" in admin.get("/inbox").text

    @pytest.mark.parametrize(
        "change",
        [{"secret": "whsec_" + "A" * 32}, {"body": b'{"a":2}'}, {"at": 1_600_000_000}],
        ids=["other key", "altered", "stale"],
    )
    def test_of_nobody_here(self, client, admin, address, secret, change):
        self._send(client, address, **{"secret": secret, **change})
        assert "Signed by a webhook that is not saved here" in admin.get("/inbox").text


@pytest.mark.databases("sqlite")
def test_the_page_polls_for_what_is_new(admin, client, address):
    page = admin.get("/inbox").text
    known = page.split("known=")[1].split('"')[0]
    assert admin.get("/inbox", target="messages", known=known).status_code == 204
    client.post(address, data=b"news")
    answer = admin.get("/inbox", target="messages", known=known)
    assert "news" in answer.text
    assert "<!doctype" not in answer.text


@pytest.mark.databases("sqlite")
def test_empty_the_list(admin, client, address):
    client.post(address, data=b"old")
    assert admin.post("/inbox/clear").location == "/inbox"
    assert "Waiting for the first message" in admin.get("/inbox").text
