"""event_type_from: what a host application may say about its own event type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.catalogue import CatalogueError, event_type_from

GOOD = {"key": "invoice.paid", "sample": {"id": "inv_1", "total": 12}}


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def places(mapping: Any) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        event_type_from(mapping)
    return [fault.place for fault in caught.value.faults]


def test_the_rest_is_worked_out_from_the_key() -> None:
    one = event_type_from({"key": "purchase_order.line.sent_back", "sample": {"id": 1}})
    assert (one.object, one.object_title) == ("purchase_order.line", "Purchase order line")
    assert (one.action, one.action_title) == ("sent_back", "sent back")
    assert one.title == "Purchase order line sent back"
    assert one.record_id_path == "id"


def test_what_is_given_counts() -> None:
    one = event_type_from(
        {**GOOD, "title": "Invoice was paid", "record_id_path": "total", "sources": ["ERP"]}
    )
    assert (one.title, one.record_id_path, one.sources) == ("Invoice was paid", "total", ("ERP",))


def test_a_sample_without_an_id_has_no_path_to_it() -> None:
    assert event_type_from({"key": "system.started", "sample": {}}).record_id_path is None


def test_it_cannot_be_changed_and_is_hashable() -> None:
    one = event_type_from(GOOD)
    with pytest.raises(ValidationError):
        one.title = "Other"
    assert one in {one}


@pytest.mark.parametrize(
    "key",
    [
        "invoice",
        "Invoice.paid",
        "1.paid",
        "invoice..paid",
        ".paid",
        "in voice.paid",
        "a." + "b" * 99,
        "",
        7,
        None,
    ],
)
def test_a_wrong_key_is_one_fault(key: Any) -> None:
    assert places({**GOOD, "key": key}) == ["key"]


def test_the_longest_key_is_accepted() -> None:
    assert len(event_type_from({**GOOD, "key": "a." + "b" * 98}).key) == 100


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"titel": "Paid"}, "titel"),
        ({"title": ""}, "title"),
        ({"title": "two\nlines"}, "title"),
        ({"title": "nul\x00"}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"group": "Our Own"}, "group"),
        ({"sample": [1]}, "sample"),
        ({"sample": {"total": float("nan")}}, "sample"),
        ({"sample": {"name": "\ud800"}}, "sample"),
        ({"sample": {"at": object()}}, "sample"),
        ({"sample": nested(10_000)}, "sample"),
        ({"sample": {"text": "x" * 70_000}}, "sample"),
        ({"json_schema": nested(10_000)}, "json_schema"),
        ({"record_id_path": "total.cents"}, "record_id_path"),
        ({"json_schema": {"required": ["due"]}}, "sample"),
    ],
)
def test_a_fault_names_its_place(wrong: dict[str, Any], place: str) -> None:
    assert place in places({**GOOD, **wrong})


def test_all_faults_are_told_at_once_as_sentences() -> None:
    with pytest.raises(CatalogueError) as caught:
        event_type_from({"key": "invoice.paid", "title": "", "colour": "red"})
    assert str(caught.value) == (
        "title: Write something here. sample: This is missing."
        " colour: This word is not known here. Check its spelling."
    )


@pytest.mark.parametrize("nonsense", [None, [], "lead.created", {1: 2}])
def test_nonsense_is_refused(nonsense: Any) -> None:
    assert places(nonsense)


@given(
    st.dictionaries(
        st.sampled_from(
            ["key", "title", "group", "object", "action", "sample", "json_schema", "record_id_path"]
        ),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        ),
    )
)
def test_any_mapping_is_accepted_or_refused_with_sentences(mapping: dict[str, Any]) -> None:
    assert all(sentence.endswith(".") for sentence in sentences(mapping))


def sentences(mapping: dict[str, Any]) -> list[str]:
    try:
        event_type_from(mapping)
    except CatalogueError as error:
        return [fault.sentence for fault in error.faults]
    return []
