import base64
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook as StandardVerifier
from standardwebhooks.webhooks import WebhookVerificationError as StandardError
from svix.webhooks import Webhook as SvixVerifier
from svix.webhooks import WebhookVerificationError as SvixError

from app.sending.message.signing import NotVerified, new_secret, parse_secret, public_key_text, sign, verify

V1_TEXT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
V1A_TEXT = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
MESSAGE = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
V1_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
V1A_SIGNATURE = "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
KEYS = {kind: parse_secret(new_secret(kind)) for kind in ("v1", "v1a")}

bodies = st.binary(max_size=200)
kinds = st.sampled_from(["v1", "v1a"])


def reason_of(*args, **kwargs):
    with pytest.raises(NotVerified) as refused:
        verify(*args, **kwargs)
    return refused.value.reason


@pytest.mark.parametrize(("text", "signature"), [(V1_TEXT, V1_SIGNATURE), (V1A_TEXT, V1A_SIGNATURE)])
def test_signs_the_published_examples(text, signature):
    assert sign(*MESSAGE, [parse_secret(text)]) == signature


def test_signs_with_every_key_of_a_rotation_in_order():
    both = sign(*MESSAGE, [parse_secret(V1A_TEXT), parse_secret(V1_TEXT)])
    assert both == f"{V1A_SIGNATURE} {V1_SIGNATURE}"


@pytest.mark.parametrize("verifier", [StandardVerifier, SvixVerifier])
@given(data=st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3))
def test_public_verifiers_accept_what_we_sign(verifier, data):
    secret, now = new_secret(), int(time.time())
    body = json.dumps(data).encode()
    signatures = sign("evt_1", now, body, [parse_secret(new_secret()), parse_secret(secret)])
    headers = {"webhook-id": "evt_1", "webhook-timestamp": str(now), "webhook-signature": signatures}
    verifier(secret).verify(body, headers)
    with pytest.raises((StandardError, SvixError)):
        verifier(secret).verify(body + b" ", headers)


def test_a_receiver_verifies_v1a_with_the_public_key_alone():
    key = parse_secret(V1A_TEXT)
    raw = base64.b64decode(public_key_text(key).removeprefix("whpk_"))
    signature = base64.b64decode(sign("evt_1", 5, b"{}", [key]).removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, b"evt_1.5.{}")


def test_a_v1_key_has_no_public_part():
    with pytest.raises(ValueError, match="whsk_"):
        public_key_text(parse_secret(V1_TEXT))


@given(kind=kinds, body=bodies, now=st.integers(0, 2**40))
def test_verifies_its_own_signatures(kind, body, now):
    verify("evt_1", str(now), sign("evt_1", now, body, [KEYS[kind]]), body, [KEYS[kind]], now_s=now)


@given(kind=kinds, body=bodies, other=bodies)
def test_refuses_every_other_body(kind, body, other):
    if other != body:
        signatures = sign("evt_1", 9, body, [KEYS[kind]])
        assert reason_of("evt_1", "9", signatures, other, [KEYS[kind]], now_s=9) == "no_match"


@given(signatures=st.text(min_size=1, max_size=80))
def test_refuses_any_text_as_a_signature(signatures):
    keys = list(KEYS.values())
    assert reason_of("evt_1", "9", signatures, b"", keys, now_s=9) in ("missing", "no_match")


def test_refuses_the_signature_of_another_message_time_or_key():
    signatures = sign("evt_1", 9, b"{}", [KEYS["v1"]])
    assert reason_of("evt_2", "9", signatures, b"{}", [KEYS["v1"]], now_s=9) == "no_match"
    assert reason_of("evt_1", "8", signatures, b"{}", [KEYS["v1"]], now_s=9) == "no_match"
    assert reason_of("evt_1", "9", signatures, b"{}", [parse_secret(new_secret())], now_s=9) == "no_match"
    assert reason_of("evt_1", "9", signatures, b"{}", [], now_s=9) == "no_match"


@pytest.mark.parametrize(("age", "fresh"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_holds_the_tolerance_to_the_second(age, fresh):
    arguments = ("evt_1", "1000", sign("evt_1", 1000, b"", [KEYS["v1"]]), b"", [KEYS["v1"]])
    if fresh:
        verify(*arguments, now_s=1000 + age)
    else:
        assert reason_of(*arguments, now_s=1000 + age) == "stale"


@pytest.mark.parametrize("timestamp", ["", "x", "-5", "1.5", "٣", "9" * 5000])
def test_a_timestamp_that_is_no_number_is_missing(timestamp):
    assert reason_of("evt_1", timestamp, V1_SIGNATURE, b"", [KEYS["v1"]], now_s=9) == "missing"


@given(kind=kinds)
def test_new_secrets_differ_and_can_be_read(kind):
    one, other = new_secret(kind), new_secret(kind)
    assert one != other
    assert parse_secret(one).kind == kind
    assert parse_secret(f"  {one}\n") == parse_secret(one)


def test_a_new_v1_secret_has_32_bytes():
    assert len(parse_secret(new_secret()).secret) == 32


def test_reads_a_secret_without_padding():
    text = "whsec_" + base64.b64encode(b"k" * 25).decode()
    assert parse_secret(text.rstrip("=")) == parse_secret(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "starts with whsec_ or whsk_"),
        ("secret", "starts with whsec_ or whsk_"),
        ("whsec_!!!", "not base64"),
        ("whsec_é", "not base64"),
        ("whsec_" + base64.b64encode(b"k" * 23).decode(), "24 to 64 bytes"),
        ("whsec_" + base64.b64encode(b"k" * 65).decode(), "24 to 64 bytes"),
        ("whsk_" + base64.b64encode(b"k" * 32).decode(), "64 bytes"),
        ("whsk_" + base64.b64encode(b"k" * 64).decode(), "do not belong together"),
    ],
)
def test_says_what_is_wrong_with_a_secret(text, sentence):
    with pytest.raises(ValueError, match=sentence):
        parse_secret(text)


def test_there_is_no_other_kind():
    with pytest.raises(ValueError, match="v2"):
        new_secret("v2")


@pytest.mark.parametrize("text", [V1_TEXT, V1A_TEXT])
def test_a_key_does_not_show_its_secret(text):
    key = parse_secret(text)
    assert repr(key) == f"SigningKey(kind='{key.kind}')"
