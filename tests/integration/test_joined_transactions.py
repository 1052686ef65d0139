"""One transaction that can be joined: rows of several use cases, and the events they publish, stay or go together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.errors import Conflict, Invalid
from app.core.extensions import db
from app.core.transaction import after_commit, transaction
from app.models import Delivery, Event, Space
from app.services import spaces
from app.services.events import publishing
from tests.web.makers import make_webhook

LEAD = {"type": "lead.created", "data": {"id": 4711}}


class Stop(Exception):
    """Something goes wrong halfway."""


@pytest.fixture
def space_id(app: Flask) -> Iterator[str]:
    """A space with a webhook, within a request."""
    with app.test_request_context():
        made = str(spaces.create_space("Acme").id)
        make_webhook(made)
        yield made
        db.session.rollback()


@pytest.fixture
def rings(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many events were committed each time the workers were told."""
    heard: list[int] = []

    class Wakeup:
        def ring(self) -> None:
            with db.engine.connect() as other:
                heard.append(len(other.execute(select(Event.id)).all()))

    monkeypatch.setitem(app.extensions, "doorbell", Wakeup())
    return heard


def _there() -> tuple[int, int, bool]:
    db.session.rollback()
    saved = db.session.scalar(select(Space).where(Space.name == "Saved"))
    return db.session.query(Event).count(), db.session.query(Delivery).count(), saved is not None


@pytest.mark.parametrize("by_name", [True, False])
def test_a_row_and_its_event_stay_together(space_id: str, rings: list[int], by_name: bool) -> None:
    with transaction() as session:
        spaces.create_space("Saved")
        publish = publishing.publish if by_name else lambda *a: publishing.publish_in(session, *a)
        assert [one.deliveries for one in publish(space_id, [LEAD])] == [1]
        publish(space_id, [LEAD])
        assert rings == []
    assert rings == [2]
    assert _there() == (2, 2, True)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_row_and_its_event_go_together(space_id: str, rings: list[int], by_name: bool) -> None:
    with pytest.raises(Stop), transaction() as session:  # noqa: PT012
        spaces.create_space("Saved")
        publish = publishing.publish if by_name else lambda *a: publishing.publish_in(session, *a)
        publish(space_id, [LEAD])
        raise Stop
    assert rings == []
    assert _there() == (0, 0, False)


def test_an_event_that_is_refused_takes_the_row_with_it(space_id: str) -> None:
    with pytest.raises(Invalid), transaction():  # noqa: PT012
        spaces.create_space("Saved")
        publishing.publish(space_id, [{**LEAD, "type": "no.such"}])
    assert _there() == (0, 0, False)


def test_an_inner_part_that_failed_is_never_committed(space_id: str) -> None:
    with pytest.raises(RuntimeError), transaction():  # noqa: PT012
        publishing.publish(space_id, [LEAD])
        with pytest.raises(Stop), transaction():  # noqa: PT012
            spaces.create_space("Saved")
            raise Stop
    assert _there() == (0, 0, False)


def test_a_use_case_joins_the_one_that_calls_it(space_id: str) -> None:
    with pytest.raises(Stop), transaction() as outer:  # noqa: PT012
        with transaction() as inner:
            assert inner is outer
            spaces.create_space("Saved")
        raise Stop
    assert _there() == (0, 0, False)
    spaces.create_space("Saved")
    assert _there() == (0, 0, True)


def test_a_key_counts_within_the_transaction_and_after_it(space_id: str) -> None:
    item = {**LEAD, "idempotency_key": "k"}
    with transaction():
        first = publishing.publish(space_id, [item])[0]
        again = publishing.publish(space_id, [item])[0]
    assert (again.id, again.replayed) == (first.id, True)
    assert publishing.publish(space_id, [item])[0].id == first.id
    with pytest.raises(Conflict), transaction():  # noqa: PT012
        spaces.create_space("Saved")
        publishing.publish(space_id, [{**item, "data": {}}])
    assert _there() == (1, 1, False)


def test_conditions_hold_for_events_that_join(space_id: str) -> None:
    make_webhook(space_id, conditions=[{"field": "id", "op": "is", "value": "4711"}])
    make_webhook(space_id, conditions=[{"field": "id", "op": "is", "value": "1"}])
    with transaction():
        assert publishing.publish(space_id, [LEAD])[0].deliveries == 2


def test_outside_of_a_transaction_there_is_nothing_to_join(space_id: str) -> None:
    wakeup: Any = lambda: None  # noqa: E731
    with pytest.raises(RuntimeError):
        after_commit(db.session(), wakeup)
    with pytest.raises(RuntimeError):
        publishing.publish_in(db.session(), space_id, [LEAD])
    assert _there() == (0, 0, False)
