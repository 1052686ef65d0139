"""A number in a path is a place in a list: `list.0` is its first element (R44)."""

from __future__ import annotations

import pytest

from app.models.condition import Condition, follow, has_field
from app.sending.message.layout import SelectedField
from app.sending.message.selected_fields import pick

DATA = {"list": [{"a": 1}, {"a": 2}], "words": ["x", "y"], "0": "named", "deep": [[1, 2], [3]]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("list.0", {"a": 1}),
        ("list.1.a", 2),
        ("list.a", [1, 2]),
        ("words.1", "y"),
        ("words.2", None),
        ("words.01", [None, None]),
        ("0", "named"),
        ("deep.1.0", 3),
        ("words.99999999", None),
    ],
)
def test_what_stands_there(path, value):
    assert follow(DATA, path) == value


@pytest.mark.parametrize(("path", "there"), [("words.1", True), ("words.2", False), ("list.0.a", True)])
def test_whether_something_stands_there(path, there):
    assert has_field(DATA, path) is there


def test_a_chosen_field_sends_the_value():
    assert pick(
        b'{"list":["x",1.10]}', [SelectedField("list.0", "first"), SelectedField("list.1", "second")]
    ) == (b'{"first":"x","second":1.10}')


def test_a_condition_looks_at_that_element_alone():
    assert Condition("words.0", "is", "x").holds(DATA)
    assert not Condition("words.0", "is", "y").holds(DATA)
