"""What was sent can be put together again from its request template, byte for byte, and without a secret."""

from __future__ import annotations

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.audit.differences import MASK
from app.sending.message.composing import compose, rfc3339
from app.sending.message.layout import RenderableEvent
from app.sending.message.request_template import Stamp, replay
from tests.unit.sending.targets import target

NOW = 1_790_000_000_123
DATA = st.dictionaries(st.text(max_size=20), st.one_of(st.text(max_size=50), st.integers(-(2**53), 2**53)))


@given(data=DATA, method=st.sampled_from(["POST", "PUT", "PATCH", "GET", "DELETE"]))
def test_the_request_comes_back_as_it_was_sent(data, method):
    to, encoded = target(method=method), orjson.dumps(data)
    sent = compose(to, "evt_1", "lead.created", NOW, encoded, NOW + 5000)
    stamp = Stamp(sent.message_id, sent.timestamp_s, sent.signature)
    again = replay(to.request_template, stamp, RenderableEvent("lead.created", rfc3339(NOW), encoded))
    assert (again.method, again.url, again.body) == (sent.method, sent.url, sent.body)
    assert [tuple(pair) for pair in orjson.loads(again.headers)] == sent.header_pairs()


def test_a_template_holds_no_secret_and_is_the_same_for_the_same_settings():
    own = orjson.dumps({"X-Api-Key": "key-123456", "X-Team": "blue"}).decode()
    settings = {
        "auth_kind": "basic",
        "auth_username": "ada",
        "auth_password": "s3cret-pass",
        "own_headers": own,
    }
    request_template = target(**settings).request_template
    kept = request_template.headers.decode()
    assert "s3cret-pass" not in kept and "key-123456" not in kept and MASK in kept and "blue" in kept
    assert target(**settings).request_template == request_template
    assert target(**settings, url="https://other.example.com").request_template.id != request_template.id


def test_without_its_event_what_else_was_sent_is_still_told():
    to = target()
    again = replay(to.request_template, Stamp("evt_1", 1_790_000_000, "v1,abc"), None)
    assert again.body == b"" and again.url == to.url
    assert ["webhook-id", "evt_1"] in orjson.loads(again.headers)
