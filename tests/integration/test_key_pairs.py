"""A webhook that signs with a key pair: v1a of Standard Webhooks, from choice to what a receiver verifies (R48)."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.queries.changes import changes_of
from app.sending.message.signing import parse_secret, sign
from app.services import webhooks
from tests.api.conftest import caller_in
from tests.machine.receiver import Received

VECTOR_KEY = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
VECTOR = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="


def is_signed_by(public_key: str, received: Received) -> bool:
    """As a receiver checks it, by `cryptography` alone."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_")))
    said = ".".join(received.header(name) for name in ("webhook-id", "webhook-timestamp"))
    for signature in received.header("webhook-signature").split():
        kind, _comma, text = signature.partition(",")
        if kind == "v1a":
            key.verify(base64.b64decode(text), said.encode() + b"." + received.body)
            return True
    return False


@pytest.mark.databases("sqlite")
def test_the_vector():
    keys = [parse_secret(VECTOR_KEY)]
    assert sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', keys) == VECTOR


def test_a_receiver_verifies_with_the_public_key_that_is_shown(new_webhook, receiver, publish, runtime, rows):
    webhook = new_webhook(signature="v1a")
    publish()
    runtime.sweep()
    assert rows.statuses() == ["succeeded"]
    public_key = webhooks.public_key(rows.webhook(webhook.id))
    assert public_key is not None and public_key.startswith("whpk_")
    assert is_signed_by(public_key, receiver.requests[-1])


@pytest.mark.databases("sqlite")
def test_another_kind_makes_a_new_key_and_the_old_one_signs_beside_it(new_webhook, receiver, space_id, rows):
    webhook = new_webhook()
    assert webhooks.public_key(webhook) is None
    changed = webhooks.update(space_id, webhook.id, {"signature": "v1a"})
    webhooks.test(space_id, None, webhook.id)
    kinds = [one.partition(",")[0] for one in receiver.requests[-1].header("webhook-signature").split()]
    assert kinds == ["v1a", "v1"]
    assert is_signed_by(webhooks.public_key(changed), receiver.requests[-1])
    kept = changes_of(space_id, webhook.id).changes
    assert {"edited", "key_rotated"} <= {change.kind for change in kept}
    rotated = webhooks.rotate_secret(space_id, webhook.id)
    assert rotated.startswith("whsk_")


@pytest.mark.databases("sqlite")
def test_by_the_api(app, space_id, receiver):
    call = caller_in(app, space_id)
    made = call.new_webhook(on=False, url=receiver.url, signature="v1a")
    assert (made["signature"], made["public_key"][:5], made["secret"][:5]) == ("v1a", "whpk_", "whsk_")
    listed = call("GET", "/webhooks").json["data"][0]
    assert listed["public_key"] == made["public_key"] and "secret" not in listed
    back = call("PATCH", f"/webhooks/{made['id']}", {"signature": "v1"}).json
    assert (back["public_key"], back["secret"][:6]) == (None, "whsec_")
    assert "secret" not in call("PATCH", f"/webhooks/{made['id']}", {"signature": "v1"}).json
    assert call("PATCH", f"/webhooks/{made['id']}", {"signature": "rsa"}).status_code == 422


@pytest.mark.databases("sqlite")
def test_a_test_before_saving_signs_with_the_chosen_kind(receiver, space_id):
    data = {"name": "A", "url": receiver.url, "events": ["lead.created"], "signature": "v1a"}
    webhooks.test(space_id, data)
    assert receiver.requests[-1].header("webhook-signature").startswith("v1a,")
