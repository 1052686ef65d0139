"""Percentiles from a histogram, round numbers for a scale, the count that a duration belongs to."""

from __future__ import annotations

import pytest

from app.models.counter import TOOK, took_name
from app.queries.webhooks.charting import percentile
from app.web.charts import nice, percent


def counts(**took: int) -> list[int]:
    return [took.get(name, 0) for name in TOOK]


@pytest.mark.parametrize(
    ("took", "p50", "p95"),
    [
        ({}, None, None),
        ({"took_10": 1}, 5, 10),
        ({"took_100": 100}, 75, 98),
        ({"took_50": 90, "took_5000": 10}, 37, 3500),
        ({"took_longer": 4}, 20_000, 29_000),
    ],
)
def test_percentiles(took, p50, p95):
    assert (percentile(counts(**took), 0.5), percentile(counts(**took), 0.95)) == (p50, p95)


@pytest.mark.parametrize(
    ("ms", "name"),
    [(0, "took_10"), (10, "took_10"), (11, "took_20"), (10_000, "took_10000"), (10_001, "took_longer")],
)
def test_the_count_of_a_duration(ms, name):
    assert took_name(ms) == name


@pytest.mark.parametrize(
    ("number", "round_one"), [(1, 1), (7, 7), (10, 10), (11, 15), (27, 30), (81, 100), (2_341, 2_500)]
)
def test_round_numbers(number, round_one):
    assert nice(number) == round_one


@pytest.mark.databases("sqlite")
def test_one_failure_is_never_rounded_away(app):
    with app.test_request_context():
        assert percent(99_999 / 100_000) == "99.9%"
        assert percent(1.0) == "100%"
        assert percent(None) == "–"
