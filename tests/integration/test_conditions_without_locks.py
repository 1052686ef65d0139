"""Conditions are a tenant's work over a stranger's data: judged while nothing is locked, within a budget."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core.errors import Conflict
from app.core.extensions import db
from app.models.field_values import MOST_LOOKS
from app.queries.events.finding import event_detail
from app.services import spaces, webhooks
from app.services.events import publishing, wanted
from tests.web.makers import make_webhook

NONE_OF_THEM = [{"field": "n", "op": "is_not", "value": str(-number)} for number in range(1, 21)]


@pytest.fixture
def space_id(app: Flask) -> Iterator[str]:
    """A space, within a request."""
    with app.test_request_context():
        yield str(spaces.create_space("Acme").id)
        db.session.rollback()


@pytest.fixture
def while_judging(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[int]]:
    """Does something each time conditions are judged; the list grows with each."""
    judge = wanted.Verdicts.judge
    times: list[int] = []

    def arrange(do: Callable[[], None]) -> list[int]:
        def judged(self: Any, rows: Any) -> None:
            times.append(len(rows))
            judge(self, rows)
            do()

        monkeypatch.setattr(wanted.Verdicts, "judge", judged)
        return times

    return arrange


def _lead(numbers: int = 3) -> dict[str, Any]:
    return {"type": "lead.created", "data": {"n": list(range(numbers))}}


def _in_a_thread(app: Flask, do: Callable[[], object]) -> None:
    def run() -> None:
        with app.test_request_context():
            do()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()


def test_others_publish_while_conditions_are_judged(app: Flask, space_id: str, while_judging: Any) -> None:
    other = str(spaces.create_space("Other").id)
    make_webhook(space_id, conditions=NONE_OF_THEM)
    took: list[float] = []

    def publish_there() -> None:
        began = time.monotonic()
        _in_a_thread(app, lambda: publishing.publish(other, [_lead()]))
        took.append(time.monotonic() - began)

    while_judging(publish_there)
    assert publishing.publish(space_id, [_lead(100_000)])[0].deliveries == 1
    assert len(took) == 1
    assert took[0] < 1


def test_a_webhook_that_is_changed_meanwhile_is_judged_again(
    app: Flask, space_id: str, while_judging: Any
) -> None:
    webhook_id = make_webhook(space_id, conditions=NONE_OF_THEM)
    changed: list[bool] = []

    def change() -> None:
        if not changed:
            changed.append(True)
            wants = {"conditions": [{"field": "n", "op": "is", "value": "77"}]}
            _in_a_thread(app, lambda: webhooks.update(space_id, webhook_id, wants))

    times = while_judging(change)
    assert publishing.publish(space_id, [_lead()])[0].deliveries == 0
    assert times == [1, 1]


def test_webhooks_that_change_without_end_refuse_the_event(
    app: Flask, space_id: str, while_judging: Any
) -> None:
    webhook_id = make_webhook(space_id, conditions=NONE_OF_THEM)
    count = iter(range(100))

    def change() -> None:
        wants = {"conditions": [{"field": "n", "op": "is", "value": f"{next(count)}x"}]}
        _in_a_thread(app, lambda: webhooks.update(space_id, webhook_id, wants))

    while_judging(change)
    with pytest.raises(Conflict):
        publishing.publish(space_id, [_lead()])


@pytest.mark.parametrize(("numbers", "reason"), [(100_000, None), (MOST_LOOKS, "condition_too_large")])
def test_what_is_beyond_the_budget_is_kept_and_says_so(
    space_id: str, numbers: int, reason: str | None
) -> None:
    webhook = make_webhook(space_id, conditions=NONE_OF_THEM)
    all_of_it = make_webhook(space_id)
    began = time.monotonic()
    published = publishing.publish(space_id, [{"type": "lead.created", "data": {"n": [1] * numbers}}])[0]
    assert time.monotonic() - began < 2
    detail = event_detail(space_id, published.id)
    assert all_of_it in {one.webhook_id for one in detail.deliveries}
    assert [(n.webhook_id, n.reason) for n in detail.not_sent] == ([(webhook, reason)] if reason else [])


def test_the_next_event_is_judged_before_its_only_transaction(
    space_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook_id = make_webhook(space_id, conditions=NONE_OF_THEM)
    make_webhook(space_id, conditions=[{"field": "n", "op": "is", "value": "77"}])
    opened: list[int] = []
    store_once = publishing._store_once
    monkeypatch.setattr(publishing, "_store_once", lambda *given: (opened.append(1), store_once(*given))[1])
    for transactions in (2, 1, 1):
        opened.clear()
        assert publishing.publish(space_id, [_lead()])[0].deliveries == 1
        assert len(opened) == transactions
    webhooks.update(space_id, webhook_id, {"conditions": [{"field": "n", "op": "is", "value": "78"}]})
    assert publishing.publish(space_id, [_lead()])[0].deliveries == 0
