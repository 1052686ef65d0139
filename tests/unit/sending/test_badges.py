"""Every reason that has a row of its own says itself in two or three words, and the other way round."""

from __future__ import annotations

from app.sending.failures.diagnosis import explain
from app.sending.failures.reasons import BADGES, UNKNOWN


def test_every_badge_belongs_to_a_reason_that_can_be_explained():
    unknown = explain("no such reason", {})
    assert unknown.what == UNKNOWN.what
    for reason in BADGES:
        assert explain(reason, {}).what != unknown.what, reason
