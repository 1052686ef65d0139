"""Which data fits which conditions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.models.condition import (
    CONTAINS,
    GREATER,
    IS,
    IS_NOT,
    LESS,
    OPS,
    Condition,
    all_hold,
    can_be_ordered,
    conditions_from,
    has_field,
    paths_of,
)

DATA = {
    "status": "Open",
    "amount": 1200,
    "price": "99.50",
    "vip": True,
    "note": None,
    "empty": "",
    "tags": ["Sales", "urgent"],
    "none": [],
    "contact": {"email": "Ada@Example.com", "born": "1990-05-17"},
    "rows": [{"sku": "A1", "n": 2}, {"sku": "B7", "n": 9}, {"sku": "C3"}],
    "utm.source": "news",
    "zip": "01234",
    "big": 12345678901234567890123,
}


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("status", IS, "open", True),
        ("status", IS, " OPEN ", True),
        ("status", IS, "opened", False),
        ("status", IS_NOT, "open", False),
        ("status", IS_NOT, "won", True),
        ("status", CONTAINS, "pe", True),
        ("amount", IS, "1200", True),
        ("amount", IS, "1200.0", True),
        ("amount", IS, 1200, True),
        ("amount", IS, "1201", False),
        ("amount", GREATER, "1199.99", True),
        ("amount", GREATER, "1200", False),
        ("amount", LESS, "1200", False),
        ("amount", LESS, "1e4", True),
        ("price", GREATER, 99, True),
        ("price", IS, 99.5, True),
        ("price", LESS, "abc", False),
        ("zip", IS, "1234", False),
        ("zip", IS, "01234", True),
        ("big", IS, "12345678901234567890123", True),
        ("big", IS, "12345678901234567890124", False),
        ("vip", IS, "true", True),
        ("vip", IS, True, True),
        ("vip", IS, "1", False),
        ("vip", GREATER, "0", False),
        ("note", IS, "", True),
        ("note", IS, None, True),
        ("note", IS_NOT, "", False),
        ("empty", IS, "", True),
        ("none", IS, "", True),
        ("missing", IS, "", True),
        ("missing", IS, "x", False),
        ("missing", IS_NOT, "x", True),
        ("missing", CONTAINS, "x", False),
        ("missing", LESS, "1", False),
        ("status", IS_NOT, "", True),
        ("tags", IS, "urgent", True),
        ("tags", IS_NOT, "urgent", False),
        ("tags", CONTAINS, "gen", True),
        ("tags", IS, "late", False),
        ("contact.email", CONTAINS, "@example.", True),
        ("contact.born", LESS, "2000-01-01", True),
        ("contact.born", GREATER, "1990-05-16T23:59:59+00:00", True),
        ("contact.born", GREATER, "1990-05-17T01:00:00+01:00", False),
        ("contact", IS, "", False),
        ("contact", CONTAINS, "ada", False),
        ("rows.n", GREATER, "8", True),
        ("rows.n", GREATER, "9", False),
        ("rows.sku", IS, "c3", True),
        ("rows.n", IS, "", False),
        ("utm.source", IS, "news", True),
    ],
)
def test_one_condition(field, op, value, expected):
    assert Condition(field, op, value).holds(DATA) is expected


def test_all_must_hold():
    kept = [
        {"field": "status", "op": "is", "value": "open"},
        {"field": "amount", "op": "greater", "value": 1000},
    ]
    assert all_hold(conditions_from(kept), DATA)
    assert not all_hold(conditions_from([*kept, {"field": "vip", "op": "is", "value": False}]), DATA)
    assert all_hold((), DATA)


def test_the_fields_of_a_sample():
    assert paths_of(
        {"id": 1, "a": {"b": [1, 2], "c": [{"d": 1}, {"d": 2, "e": None}]}, "f": [], "g": {}}
    ) == [
        "id",
        "a.b",
        "a.c.d",
        "a.c.e",
        "f",
    ]
    assert has_field(DATA, "contact")
    assert has_field(DATA, "none")
    assert has_field(DATA, "rows.n")
    assert not has_field(DATA, "rows.price")
    assert not has_field(DATA, "status.x")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", True), ("-2.5", True), ("1e3", True), ("2026-11-21", True), ("2026-11-21T09:30Z", True),
        ("", False), ("abc", False), ("nan", False), ("inf", False), (True, False), (None, False), ("٣", False),
    ],
)  # fmt: skip
def test_what_can_be_greater_or_less(value, expected):
    assert can_be_ordered(value) is expected


NAMES = st.text("ab.", min_size=1, max_size=3)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
PLAIN = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", min_size=1), inner, max_size=3),
    max_leaves=12,
)
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
PATHS = st.text("ab.", min_size=1, max_size=8)


@settings(max_examples=60)
@given(JSON, PATHS, st.sampled_from(OPS), VALUES)
def test_every_data_has_an_answer(data, path, op, value):
    assert Condition(path, op, value).holds(data) in (True, False)


@given(JSON, PATHS, VALUES)
def test_is_not_is_the_opposite_of_is(data, path, value):
    assert Condition(path, IS, value).holds(data) is not Condition(path, IS_NOT, value).holds(data)


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False), st.integers())
def test_a_number_is_less_greater_or_the_same(ours, theirs):
    held = [Condition("n", op, theirs).holds({"n": ours}) for op in (LESS, IS, GREATER)]
    assert held == [ours < theirs, ours == theirs, ours > theirs]


@given(st.integers() | st.text())
def test_what_is_sent_fits_what_was_typed_for_it(value):
    typed = value.strip() if isinstance(value, str) else str(value)
    assert Condition("x", IS, typed).holds({"x": typed if isinstance(value, str) else value})


@given(PLAIN)
def test_every_path_of_a_sample_leads_to_something(sample):
    assert all(has_field(sample, path) for path in paths_of(sample))


@given(st.lists(LEAVES.filter(lambda v: v not in (None, "")), min_size=1), st.data())
def test_a_list_fits_if_an_element_does(values, draw):
    wanted = draw.draw(st.sampled_from(values))
    alone = [Condition("x", IS, wanted).holds({"x": value}) for value in values]
    assert Condition("x", IS, wanted).holds({"x": values}) is any(alone)
    assert Condition("x.y", IS, wanted).holds({"x": [{"y": value} for value in values]}) is any(alone)


def test_no_data_makes_looking_endless():
    path = ".".join("a" * 100)
    data: object = 1
    for _depth in range(90):
        data = {".".join("a" * n): data for n in range(1, 90)}
    assert not Condition(path, IS, "1").holds(data)  # going back at every name would never end
