"""What is counted is the same before and after it is compacted, however many webhooks and hours it is about."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.extensions import db
from app.core.transaction import transaction
from app.ledger.counters import count
from app.maintenance.counters import compact
from app.models import CounterChange, WebhookHour
from app.models.counter import ALL_TIME, COUNTS


def compacted() -> dict[tuple[str, int], tuple[int, ...]]:
    """The compacted counts by webhook and hour, in the order of COUNTS."""
    columns = [getattr(WebhookHour, name) for name in COUNTS]
    rows = db.session.execute(select(WebhookHour.webhook_id, WebhookHour.hour, *columns)).all()
    db.session.commit()
    return {(row[0], row[1]): tuple(row[2:]) for row in rows}


def change(webhook_id: str, hour: int, **changes: int) -> None:
    """One change of counts that is not compacted yet."""
    with transaction() as session:
        count(session, webhook_id, hour, **changes)


def test_hours_add_up_and_so_does_all_time():
    change("whk_a", 7, triggered=2, delivered=1, attempts_ok=1)
    change("whk_a", 7, triggered=1, failed=1, attempts_failed=3)
    change("whk_a", 8, triggered=5, held=5)
    change("whk_b", 8, delivered=4, failed=-4, attempts_ok=4)
    rows = 4 if db.engine.dialect.name == "postgresql" else 3  # SQLite adds changes of one hour up at once
    assert db.session.scalar(select(func.count()).select_from(CounterChange)) == rows
    assert compact() == rows
    expected = {
        ("whk_a", 7): (3, 1, 1, 0, 0, 1, 3),
        ("whk_a", 8): (5, 0, 0, 0, 5, 0, 0),
        ("whk_a", ALL_TIME): (8, 1, 1, 0, 5, 1, 3),
        ("whk_b", 8): (0, 4, -4, 0, 0, 4, 0),
        ("whk_b", ALL_TIME): (0, 4, -4, 0, 0, 4, 0),
    }
    assert compacted() == expected
    assert db.session.scalar(select(func.count()).select_from(CounterChange)) == 0


def test_later_changes_are_added_to_what_was_folded():
    change("whk_a", 7, triggered=2, held=2)
    compact()
    change("whk_a", 7, held=-2, cancelled=2)
    compact()
    assert compacted() == {
        ("whk_a", 7): (2, 0, 0, 2, 0, 0, 0),
        ("whk_a", ALL_TIME): (2, 0, 0, 2, 0, 0, 0),
    }
    assert compact() == 0
