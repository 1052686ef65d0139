"""Messages of the format `sns` as their receivers see them: two ready-made validators, real certificates, https.

The validators are those that Amazon's customers use: npm's sns-validator (run by Node.js) and PyPI's
aws-sns-message-validator. Only their check of the host is pointed at us.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import subprocess
from pathlib import Path

import pytest
import trustme
from flask import url_for
from sns_message_validator import SignatureVerificationFailureException, SNSMessageValidator
from standardwebhooks import Webhook as StandardWebhook

from app.core.extensions import db
from app.models import Attempt, SnsSigningKey, Webhook
from app.services import webhooks
from app.services.sender_identity import sender_identity
from tests.machine.receiver import Answer, Receiver

VERIFY = Path(__file__).parents[1] / "machine" / "verify_sns.js"
DATA = {"name": "Zoë\n„quoted“", "amount": 1.5}
pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """An authority that both validators trust."""
    authority = trustme.CA()
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(file))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    return authority


@pytest.fixture
def us(trusted):
    """What stands before us on the internet: https, with a certificate for our name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trusted.issue_cert("127.0.0.1").configure_cert(context)
    server = Receiver(context).start()
    yield server
    server.stop()


@pytest.fixture
def settings(settings, us):
    return settings | {"BASE_URL": us.at("")}


@pytest.fixture
def got(app, client, space_id, receiver, us):
    """Sends through a webhook of the format, and serves the certificate as our route gives it."""

    def send(version, verification="ping"):
        with app.test_request_context():
            created = webhooks.create(
                space_id,
                {
                    "name": "SNS",
                    "url": receiver.url,
                    "events": ["lead.created"],
                    "format": "sns",
                    "sns": {"signature_version": version},
                    "verification": verification,
                },
            )
            if verification == "ping":
                webhooks.test(space_id, None, created.webhook.id)
        request = receiver.wait_for(1)[0]
        path = request.json()["SigningCertURL"].removeprefix(us.at(""))
        us.always(Answer(200, client.get(path).data), path)
        return request, created.secret

    return send


def by_node(us, *messages):
    """The verdicts of sns-validator: None, or why not."""
    given = json.dumps({"messages": messages, "host": f"^127\\.0\\.0\\.1:{us.port}$"})
    done = subprocess.run(
        ["node", str(VERIFY)],
        input=given,
        capture_output=True,
        text=True,
        timeout=30,
        env=os.environ,
        check=True,
    )
    return json.loads(done.stdout)


def by_python(us):
    """PyPI's validator. It knows version 1 only."""
    return SNSMessageValidator(cert_url_regex="^" + re.escape(us.at("/sns/")))


def tampered(message):
    """The message with each signed value changed, one at a time."""
    names = ("Message", "MessageId", "Timestamp", "TopicArn", "Token", "SubscribeURL")
    return [message | {name: f"{message[name]}!"} for name in names if name in message]


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", ["Notification", "SubscriptionConfirmation"])
def test_ready_made_handlers_accept_it_and_refuse_a_tampered_one(got, us, version, kind):
    request, secret = got(version, "ping" if kind == "Notification" else "confirmation")
    message = request.json()
    assert message["Type"] == request.header("x-amz-sns-message-type") == kind
    assert message["MessageId"] == request.header("x-amz-sns-message-id") == request.header("webhook-id")
    assert message["TopicArn"] == request.header("x-amz-sns-topic-arn")
    assert request.header("Content-Type") == "text/plain; charset=UTF-8"
    assert message["SignatureVersion"] == version
    wrong = tampered(message)
    verdicts = by_node(us, message, *wrong)
    assert verdicts[0] is None
    assert len(wrong) >= 4 and all("signature is invalid" in verdict for verdict in verdicts[1:])
    if version == "1":
        by_python(us).validate_message(message)
        for one in wrong:
            with pytest.raises(SignatureVerificationFailureException):
                by_python(us).validate_message(one)
    StandardWebhook(secret).verify(request.body, dict(request.headers))


def test_following_the_link_of_the_envelope_confirms(got, us, client):
    request, _secret = got("1", "confirmation")
    link = request.json()["SubscribeURL"]
    assert link.endswith(request.json()["Token"])
    assert client.get(link.removeprefix(us.at(""))).status_code == 200
    with client.application.test_request_context():
        assert db.session.query(Webhook).one().confirmation == "confirmed"


def test_the_message_is_the_notification(got):
    request, _secret = got("1")
    message = json.loads(request.json()["Message"])
    assert message["topic"] == "Notifications" and message["type"] == "lead"
    assert message["data"]["entity"]["test"] is True
    assert request.header("x-amz-sns-subscription-arn").startswith(request.json()["TopicArn"])


@pytest.mark.databases("sqlite", "postgresql")
def test_a_delivery_is_accepted_and_kept_as_it_was_sent(new_webhook, publish, runtime, receiver, us, client):
    new_webhook(format="sns")
    publish(data=DATA)
    runtime.sweep()
    request = receiver.wait_for(1)[0]
    message = request.json()
    path = message["SigningCertURL"].removeprefix(us.at(""))
    us.always(Answer(200, client.get(path).data), path)
    assert by_node(us, message) == [None]
    assert json.loads(message["Message"])["data"]["entity"] == DATA
    kept = db.session.query(Attempt).one()
    assert kept.request_body == request.body and kept.request_template_id is None


def test_the_key_is_made_once_and_kept_encrypted(app, client):
    with app.test_request_context():
        first = sender_identity().sns_key()
        app.extensions.pop("sender_identity")
        assert sender_identity().sns_key().certificate == first.certificate
        row = db.session.query(SnsSigningKey).one()
        assert "PRIVATE KEY" not in row.private_key
        address = url_for("sns.certificate", key_id=first.id)
    assert client.get(address).data.decode() == first.certificate
    assert client.get("/sns/SimpleNotificationService-2.pem").status_code == 404
