"""Hand over: a command that sends exactly the bytes, a text for the developer, a link that shows no secret and ends."""

from __future__ import annotations

import random
import subprocess
from datetime import timedelta
from html import unescape

import orjson
import pytest
from standardwebhooks import Webhook as Verifier

from app.core.extensions import db
from app.core.times import utc_now
from app.models import Change, Delivery, DeliveryLink, Event, Webhook
from app.services import spaces, webhooks
from app.services.events import publishing
from app.web.deliveries.curl import curl_command
from tests.machine.receiver import Answer
from tests.web.conftest import Visitor
from workers.runtime import WorkerRuntime

pytestmark = pytest.mark.databases("sqlite")

SHELLS = ["sh", "bash", "dash"]
NASTY = {
    "id": 4711,
    "name": 'O\'Brien "$(touch /tmp/no)" `id` \\ % !x \n ünïcode 🎉 ${HOME}',
    "html": "<script>alert(1)</script>",
    "empty": "",
}


@pytest.fixture
def sent(app, space_id, receiver):
    """A delivery to the receiver with data that a shell would mangle; returns its id and the signing secret."""

    def make(**settings) -> tuple[str, str]:
        with app.test_request_context():
            data = {
                "name": "CRM",
                "url": f"{receiver.url}?a=[1]&b={{x}}",
                "events": ["lead.created"],
                **settings,
            }
            made = webhooks.create(space_id, data)
            webhooks.enable(space_id, made.webhook.id, force=True)
            publishing.publish(space_id, [{"type": "lead.created", "data": NASTY}])
            delivery_id = db.session.query(Delivery.id).order_by(Delivery.id.desc()).limit(1).scalar()
            return delivery_id, made.secret

    return make


def command_on(page: str) -> str:
    return unescape(page.split('id="curl"', 1)[1].split(">", 1)[1].split("</pre>", 1)[0])


@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_is_accepted_by_a_receiver_that_verifies(shell, admin, sent, receiver):
    delivery_id, secret = sent()
    page = admin.get(f"/deliveries/{delivery_id}/curl")
    assert page.status_code == 200
    subprocess.run([shell, "-c", command_on(page.text) + " --silent --fail"], check=True, timeout=20)
    (got,) = receiver.requests
    assert (got.method, got.path) == ("POST", "/hook?a=[1]&b=%7Bx%7D")
    headers = {name.lower(): value for name, value in got.headers}
    assert Verifier(secret).verify(got.body, headers)["data"] == NASTY
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("shell", SHELLS)
def test_any_bytes_arrive_as_they_are(shell, receiver):
    dice = random.Random(7)
    bodies = [
        bytes(range(256)),
        b"@/etc/hostname",
        b"%s%d%% \\n 'quoted'",
        b"line\r\nline\n\n",
        b"x" * 150_000,
        dice.randbytes(3000),
        "ü '".encode(),
    ]
    headers = [("Content-Type", "text/plain"), ("X-Empty", ""), ("X-Quote", 'it\'s "$HOME"'), ("Host", "no")]
    for body in bodies:
        command = curl_command("PUT", receiver.at("/a;b?c=$d"), headers, body)
        subprocess.run([shell], input=command.encode() + b" --silent\n", check=True, timeout=20)
    assert [one.body for one in receiver.requests] == bodies
    assert {(one.method, one.path) for one in receiver.requests} == {("PUT", "/a;b?c=$d")}
    assert receiver.requests[0].header("X-Empty") == ""
    assert receiver.requests[0].header("X-Quote") == 'it\'s "$HOME"'


def test_passwords_and_keys_are_masked_and_that_is_said(admin, sent):
    delivery_id, _secret = sent(
        auth={"kind": "basic", "username": "ada", "password": "canary-password"},
        headers={"X-Api-Key": "canary-key", "X-Team": "blue"},
    )
    page = admin.get(f"/deliveries/{delivery_id}/curl").text
    assert "canary" not in page
    assert "Passwords and keys are masked" in page
    assert "X-Team: blue" in page
    assert "Authorization: Basic ••••" in page


def test_the_signature_is_for_people_who_may_resend(app, log_in, sent, support):
    delivery_id, _secret = sent()
    assert support.get(f"/deliveries/{delivery_id}/curl").status_code == 200
    assert Visitor(log_in("member")).get(f"/deliveries/{delivery_id}/curl").status_code == 403


def test_without_its_data_there_is_no_command(app, admin, sent):
    delivery_id, _secret = sent()
    with app.app_context():
        db.session.query(Event).delete()
        db.session.commit()
    answer = admin.get(f"/deliveries/{delivery_id}/curl")
    assert answer.status_code == 409
    assert "passed its time limit" in answer.text


def test_the_text_for_the_developer_says_what_to_do(admin, a_webhook, new_delivery):
    delivery_id = new_delivery(a_webhook, "failed", status=400, reason="http_400")
    text = admin.get(f"/deliveries/{delivery_id}/text").text
    assert "What to do: " in text
    assert "the same webhook-id" in text
    assert "Passwords and keys are masked." in text


@pytest.fixture
def link(app, admin, a_failed_delivery):
    """A link to a failed delivery that was just given: its path."""
    page = admin.post(f"/deliveries/{a_failed_delivery}/links", days="7").text
    return page.split('id="link-address">', 1)[1].split("<", 1)[0].removeprefix("http://localhost")


def change_link(app, **changes) -> None:
    with app.app_context():
        found = db.session.query(DeliveryLink).one()
        for name, value in changes.items():
            setattr(found, name, value)
        db.session.commit()


def test_a_link_opens_one_delivery_without_a_log_in(app, client, link, a_failed_delivery):
    assert len(link.removeprefix("/shared/")) >= 43  # 256 bits
    answer = client.get(link)
    assert answer.status_code == 200
    assert "Tries" in answer.text
    assert "lead.created" in answer.text
    assert answer.headers["X-Robots-Tag"].startswith("noindex")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex' in answer.text
    assert "<script" not in answer.text
    for inside in ("/webhooks", "/deliveries", "/login"):
        assert inside not in answer.text
    with app.app_context():
        kept = db.session.query(DeliveryLink).one()
        assert kept.opened_count == 1
        assert link.removeprefix("/shared/") not in str(vars(kept))
        assert (
            db.session.query(Change).filter_by(kind="link_given", subject_id=a_failed_delivery).count() == 1
        )


def test_an_expired_link_says_who_can_give_a_new_one(app, client, link):
    change_link(app, expires_at=utc_now() - timedelta(minutes=1))
    answer = client.get(link)
    assert answer.status_code == 410
    assert "This link has expired" in answer.text
    assert "admin@example.com, who gave you this link, can give you a new one." in answer.text
    assert "lead.created" not in answer.text


def test_a_revoked_link_ends_at_once(app, admin, client, link, a_failed_delivery):
    with app.app_context():
        link_id = db.session.query(DeliveryLink.id).scalar()
    assert "Made by" in admin.get(f"/deliveries/{a_failed_delivery}/links").text
    assert admin.post(f"/deliveries/{a_failed_delivery}/links/{link_id}/revoke").status_code == 303
    assert client.get(link).status_code == 410
    assert "This link was revoked" in client.get(link).text
    assert "Made by" not in admin.get(f"/deliveries/{a_failed_delivery}/links").text


def test_a_link_of_a_deleted_space_ends_at_once(app, client, link, space_id):
    with app.test_request_context():
        spaces.delete(space_id, "Acme")
    answer = client.get(link)
    assert answer.status_code == 410
    assert "This link has ended" in answer.text
    assert "admin@example.com, who gave you this link, can give you a new one." in answer.text
    with app.test_request_context():
        spaces.restore(space_id)
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 43, "a" * 5000, "%00", "..%2f"])
def test_an_unknown_link_is_not_found(client, link, token):
    answer = client.get(f"/shared/{token}")
    assert answer.status_code == 404
    assert "lead.created" not in answer.text


def test_a_link_shows_no_secret(app, admin, client, sent, receiver):
    receiver.always(Answer(500, b'{"you sent": "canary-password canary-key"}'))
    delivery_id, secret = sent(
        url=receiver.at("/hook?token=canary-in-the-address"),
        format="space",
        auth={"kind": "basic", "username": "ada", "password": "canary-password"},
        headers={"X-Api-Key": "canary-key"},
    )
    runtime = WorkerRuntime(app)
    with app.app_context():
        runtime.sweep()
    runtime.close()
    page = admin.post(f"/deliveries/{delivery_id}/links", days="1").text
    path = page.split('id="link-address">', 1)[1].split("<", 1)[0].removeprefix("http://localhost")
    shown = client.get(path).text
    assert "you sent" in shown
    shown += admin.get(f"/deliveries/{delivery_id}/text").text
    space_secret = orjson.loads(receiver.requests[0].body)["secret"]
    for hidden in ("canary", secret, secret.removeprefix("whsec_"), space_secret):
        assert hidden not in shown


def test_sharing_is_a_right_of_its_own(support, a_failed_delivery):
    assert support.get(f"/deliveries/{a_failed_delivery}/links").status_code == 403
    assert support.post(f"/deliveries/{a_failed_delivery}/links", days="7").status_code == 403
    assert "Share a link" not in support.get(f"/deliveries/{a_failed_delivery}").text


def test_how_long_must_be_chosen(admin, a_failed_delivery):
    answer = admin.post(f"/deliveries/{a_failed_delivery}/links", days="9999")
    assert answer.status_code == 422
    assert answer.text.count("Choose how long the link works.") == 2


def test_another_spaces_links_are_not_found(app, admin, other_space_id, link, a_failed_delivery):
    with app.app_context():
        link_id = db.session.query(DeliveryLink.id).scalar()
        db.session.get(Delivery, a_failed_delivery).space_id = other_space_id
        db.session.query(DeliveryLink).update({"space_id": other_space_id})
        db.session.query(Webhook).update({"space_id": other_space_id})
        db.session.commit()
    base = f"/deliveries/{a_failed_delivery}/links"
    assert admin.get(base).status_code == admin.post(base, days="7").status_code == 404
    assert admin.post(f"{base}/{link_id}/revoke").status_code == 404
