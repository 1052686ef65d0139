"""How long attempts took is counted with their outcome, and what a chart draws is the sum of it, on each database."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.ledger.counters import count
from app.models.counter import hour_of
from app.queries.webhooks.charting import RANGES, chart_of_space, chart_of_webhook
from tests.machine.receiver import Answer

UTC = ZoneInfo("UTC")


def test_quick_and_slow_answers_are_told_apart(new_webhook, publish, runtime, receiver, maintain, space_id):
    webhook = new_webhook(timeout_s=1, max_in_flight=1)
    receiver.answer(Answer(200), Answer(500), Answer(200, delay_s=0.3), Answer(silent=True))
    for _ in range(4):
        publish()
    runtime.sweep()
    for _ in range(2):  # before they are compacted and after
        chart = chart_of_webhook(webhook.id, "24h", UTC)
        assert (chart.whole.delivered, chart.whole.failed) == (2, 2)
        assert chart.whole.p50_ms < 200
        assert 500 <= chart.whole.p95_ms <= 2_000
        assert chart_of_space(space_id, "7d", UTC).whole.delivered == 2
        maintain()
        db.session.rollback()


def test_what_got_no_answer_says_nothing_about_response_times(new_webhook, publish, runtime, receiver):
    webhook = new_webhook()
    receiver.stop()
    publish()
    runtime.sweep()
    chart = chart_of_webhook(webhook.id, "24h", UTC)
    assert (chart.whole.failed, chart.whole.p50_ms) == (1, None)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Auckland"])
def test_bars_have_no_gaps_and_hold_now(new_webhook, zone):
    webhook = new_webhook()
    with transaction() as session:
        count(session, webhook.id, hour_of(utc_now()), attempts_ok=3, took_100=3)
        count(session, webhook.id, hour_of(utc_now()) - 24 * 6, attempts_failed=2)
    for range_ in RANGES:
        chart = chart_of_webhook(webhook.id, range_, ZoneInfo(zone))
        assert [one.ends for one in chart.bins[:-1]] == [one.begins for one in chart.bins[1:]]
        assert chart.bins[0].begins == chart.whole.begins
        assert chart.whole.begins < utc_now() <= chart.whole.ends
        assert sum(one.delivered for one in chart.bins) == chart.whole.delivered == 3
        assert chart.whole.failed == (0 if range_ == "24h" else 2)
        assert len(chart.day) == 24
        assert sum(hour.delivered for hour in chart.day) == 3


def test_a_space_has_only_its_own(new_webhook, space_id):
    webhook = new_webhook()
    with transaction() as session:
        count(session, webhook.id, attempts_ok=1)
        count(session, "whk_of_another", attempts_ok=5)
    assert chart_of_space(space_id, "24h", UTC).whole.delivered == 1
