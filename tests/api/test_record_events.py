"""Every event type of the catalogue is caused by a program on a record, and its data has the catalogue's shape."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.catalogue import EventType, load_catalogue
from app.catalogue.catalogue import Group
from app.catalogue.schema import disagreements
from tests.api.conftest import Caller
from tests.machine.record_stories import play, story_of

CATALOGUE = load_catalogue()
pytestmark = pytest.mark.databases("sqlite")


def cause(call: Caller, event: str) -> Any:
    """Perform the story of an event by API; every call must succeed."""

    def perform(method: str, path: str, body: Any) -> Any:
        answer = (
            call(method, f"/records{path}", body) if body is not None else call(method, f"/records{path}")
        )
        assert answer.status_code in (200, 201, 204), answer.text
        return answer.json if answer.status_code != 204 else None

    return play(story_of(event), perform)


def newest(call: Caller, event: str) -> Any:
    """The newest event of a type, as the API shows it."""
    found = call("GET", f"/events?type={event}").json["data"]
    assert found, f"{event} was not published"
    return found[0]


def differences(sample: Any, data: Any, at: str = "") -> list[str]:
    """Where the data of a real event is of another type than the catalogue's sample, which is the articles' shape."""
    if data in ("", None, 0, [], {}) or sample in ("", None, 0, [], {}):
        return []  # not set, in one of the articles' ways
    if isinstance(sample, dict) and isinstance(data, dict):
        return [
            found
            for name in sample.keys() & data.keys()
            for found in differences(sample[name], data[name], f"{at}.{name}")
        ]
    if isinstance(sample, list) and isinstance(data, list):
        return differences(sample[0], data[0], f"{at}[0]")
    same = type(sample) is type(data) or {type(sample), type(data)} == {int, float}
    return [] if same else [f"{at}: {data!r} is not like {sample!r}"]


# What Hookdesk says about itself is caused by no record (`test_events_about_webhooks`, `test_what_is_told`).
GROUPS = [group for group in CATALOGUE.groups if group.key != "hookdesk"]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.key)
def test_every_event_type_is_caused_by_api_and_fits(call: Caller, group: Group) -> None:
    """One test for each group of the catalogue: whatever is added to it must be caused too."""
    wrong = {one.key: found for one in group.event_types if (found := faults(call, one))}
    assert wrong == {}


def faults(call: Caller, event_type: EventType) -> list[str]:
    """What is wrong with the event that its story causes: every name of the sample, each of the sample's type."""
    cause(call, event_type.key)
    event = newest(call, event_type.key)
    data = event["data"]
    optional = {"project_id", "updated_at", "reply", "bounce_reason"}
    missing = event_type.sample.keys() - data.keys() - optional
    return [
        *(str(fault) for fault in disagreements(event_type.json_schema, data)),
        *differences(event_type.sample, data),
        *(f"{name} is missing" for name in missing),
        *([] if event["object_id"] == str(data["id"]) and event["actor_id"] else ["object or actor"]),
    ]


def test_all_in_one_go_publish_once_each(app: Flask, call: Caller) -> None:
    """One change, one event: nothing is published twice or beside it."""
    cause(call, "job.status_changed")
    assert [one["type"] for one in call("GET", "/events").json["data"]] == [
        "job.status_changed",
        "job.created",
    ]
