"""What holds for every shipped event type."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from app.catalogue import EventType, load_catalogue
from app.catalogue.schema import disagreements

TYPES = [one for group in load_catalogue().groups for one in group.event_types]
each_type = pytest.mark.parametrize("event_type", TYPES, ids=lambda one: one.key)


def test_no_two_share_a_key_a_title_or_a_pair() -> None:
    for names in (
        [one.key for one in TYPES],
        [one.title for one in TYPES],
        [(one.object, one.action) for one in TYPES],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []


@each_type
def test_its_description_is_one_sentence(event_type: EventType) -> None:
    assert event_type.description[0].isupper()
    assert event_type.description.endswith(".")
    assert event_type.description.count(". ") == 0


@each_type
def test_its_record_has_an_id(event_type: EventType) -> None:
    assert event_type.record_id_path == "id"
    assert event_type.sample["id"]


@each_type
def test_its_sample_is_json_as_it_stands(event_type: EventType) -> None:
    assert json.loads(json.dumps(event_type.sample)) == event_type.sample


@pytest.mark.parametrize("event_type", [one for one in TYPES if one.json_schema], ids=lambda one: one.key)
def test_its_sample_agrees_with_its_schema(event_type: EventType) -> None:
    assert list(disagreements(event_type.json_schema, event_type.sample)) == []


def test_some_types_have_a_schema() -> None:
    with_schema = {one.object for one in TYPES if one.json_schema}
    own = {one.object for one in TYPES if one.group == "hookdesk"}
    assert own <= with_schema
    assert with_schema - own == {"lead", "contact", "task", "outreach_lead"}


@each_type
def test_a_pair_that_exists_needs_no_reason(event_type: EventType) -> None:
    assert load_catalogue().why_not(event_type.object, event_type.action) is None


def test_every_other_pair_has_a_reason_in_a_sentence() -> None:
    catalogue = load_catalogue()
    for name in {one.object for one in TYPES}:
        for action in {one.action for one in TYPES} - {one.action for one in TYPES if one.object == name}:
            reason = catalogue.why_not(name, action)
            assert reason and reason.endswith(".")
