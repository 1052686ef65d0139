"""What a receiver orders by its headers: which words count, and what is said of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sending.failures.delivery_control import aborts_message, asks_to_wait
from app.sending.failures.diagnosis import explain
from app.sending.failures.facts import Failure, failure_facts

ABORT = ("webhook-delivery", "abort-message")


@pytest.mark.parametrize(
    ("value", "aborts"),
    [
        ("abort-message", True),
        ("Abort-Message", True),
        (" abort-message ", True),
        ("other, abort-message", True),
        ("abort-message; reason=duplicate", True),
        ("abort-message-please", False),
        ("abort", False),
        ("", False),
        ("x" * 300 + ",abort-message", False),
    ],
)
def test_which_words_end_the_tries(value: str, aborts: bool) -> None:
    assert aborts_message([("Webhook-Delivery", value)]) is aborts


@given(st.text())
def test_any_value_is_read(value: str) -> None:
    headers = [("webhook-delivery", value), ("retry-after", value)]
    assert aborts_message(headers) in (True, False)
    assert asks_to_wait(headers) in (True, False)


def said(status: int, *headers: tuple[str, str], **more: object) -> tuple[str, str, str]:
    failure = Failure(
        reason=f"http_{status}",
        url="https://crm.example.com/hook",
        status=status,
        response_headers=headers,
        **more,  # type: ignore[arg-type]
    )
    return explain(failure.reason, failure_facts(failure))[:3]


def test_an_aborted_message_is_said_to_be_with_the_reason_s_own_next_step() -> None:
    assert said(422, ABORT, attempts_left=0) == (
        "It understood us but refused a value. It also asked us not to try this event again, so we stopped.",
        "Ask them which value, then fix the record.",
        "you",
    )


def test_nobody_waits_for_a_message_that_was_aborted() -> None:
    what, step, who = said(503, ABORT, attempts_left=0)
    assert what.startswith("crm.example.com is down or overloaded. It also asked us")
    assert (step, who) == ("Ask them why. Resend it once they want it.", "you")


def test_of_a_test_nothing_more_comes_anyway() -> None:
    assert "asked us not" not in said(500, ABORT, trigger="test")[0]


@pytest.mark.parametrize("value", ["120", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_wish_to_wait_is_said(value: str) -> None:
    what, step, who = said(503, ("Retry-After", value), next_attempt="14:25", attempts_left=1)
    assert what == "crm.example.com is down or overloaded and asked us to wait."
    assert (step, who) == ("Nothing yet. We will try 1 more time, at 14:25.", "nobody")


def test_one_that_cannot_be_read_is_not() -> None:
    assert said(503, ("Retry-After", "soon"))[0] == "crm.example.com is down or overloaded."
