"""Catalogue: finding types, saying why not, and adding a space's own."""

from __future__ import annotations

import pytest

from app.catalogue import (
    Catalogue,
    CatalogueError,
    EventType,
    UnknownEventType,
    event_type_from,
    load_catalogue,
)


@pytest.fixture
def invoice_paid() -> EventType:
    return event_type_from({"key": "invoice.paid", "sample": {"id": "inv_1"}})


def test_require_returns_the_type() -> None:
    assert load_catalogue().require("lead.created").title == "Lead created"


def test_require_says_which_ones_they_may_have_meant() -> None:
    with pytest.raises(UnknownEventType) as caught:
        load_catalogue().require("lead.creatd")
    assert caught.value.key == "lead.creatd"
    assert caught.value.nearest[:2] == ("lead.created", "lead.create")
    assert str(caught.value).startswith("There is no event called “lead.creatd”. Did you mean lead.created, ")


def test_require_guesses_nothing_for_nonsense() -> None:
    with pytest.raises(UnknownEventType, match=r"^There is no event called “qqq”\.$"):
        load_catalogue().require("qqq")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("contact.create", "contact.created"),
        ("created.lead", "lead.created"),
        ("lead.updated", "lead.changed"),
        ("job.updated", "job.changed"),
        ("contact.new", "contact.created"),
        ("Deal.Created", "deal.created"),
        ("task.done", "task.completed"),
        ("post_task", "task.created"),
        ("campaign.email.opened", "campaign.email.open"),
        ("signed", "signed_document.signed"),
    ],
)
def test_nearest_knows_typing_mistakes_swaps_and_other_words(wanted: str, found: str) -> None:
    assert found in load_catalogue().nearest(wanted)


def test_nearest_gives_no_more_than_asked_and_bears_anything() -> None:
    assert len(load_catalogue().nearest("lead.creatd", n=1)) == 1
    assert load_catalogue().nearest("") == []
    assert load_catalogue().nearest("\x00" * 100_000) == []


def test_objects_come_with_their_types() -> None:
    objects = {one.key: one for one in load_catalogue().objects()}
    assert objects["deal"].title == "Deal"
    assert [one.action for one in objects["deal"].event_types] == [
        "created",
        "changed",
        "stage_changed",
        "deleted",
    ]


def test_why_not_lists_what_an_object_has() -> None:
    assert load_catalogue().why_not("estimate", "deleted") == (
        "“Estimate” has no event “deleted”. It has: created, changed."
    )


def test_why_not_of_an_unknown_object_names_the_nearest() -> None:
    assert load_catalogue().why_not("leed", "created") == "Nothing here is called “leed”. Did you mean lead?"


def test_an_own_type_is_added_to_a_new_catalogue(invoice_paid: EventType) -> None:
    shipped = load_catalogue()
    own = shipped.with_types([invoice_paid])
    assert own.require("invoice.paid").group_title == "Your own events"
    assert own.groups[-1].title == "Your own events"
    assert len(own) == len(shipped) + 1
    assert "invoice.paid" in own and "invoice.paid" not in shipped
    assert own.why_not("contact", "stage_changed") == shipped.why_not("contact", "stage_changed")


def test_an_own_type_of_a_shipped_object_joins_it_and_cannot_rename_it() -> None:
    archived = event_type_from(
        {"key": "lead.archived", "group": "crm", "object_title": "Prospect", "sample": {"id": 1}}
    )
    own = load_catalogue().with_types([archived])
    assert own.require("lead.archived").object_title == "Lead"
    assert own.require("lead.archived").group_title == "CRM"
    assert own.groups[0].event_types[-1].key == "lead.archived"
    assert own.why_not("lead", "archived") is None


def test_an_own_type_may_not_take_a_shipped_key() -> None:
    taken = event_type_from({"key": "lead.created", "sample": {"id": 1}})
    with pytest.raises(CatalogueError, match=r"There is already an event called lead\.created") as caught:
        load_catalogue().with_types([taken])
    assert caught.value.faults[0].place == "key"


def test_an_own_type_may_not_take_a_name_of_the_action_api() -> None:
    taken = event_type_from({"key": "job.posted", "sample": {}, "action_api_name": "post_task"})
    with pytest.raises(CatalogueError, match="post_task"):
        load_catalogue().with_types([taken])


def test_an_empty_catalogue_has_nothing() -> None:
    empty = Catalogue(())
    assert (empty.keys(), empty.groups, empty.objects(), empty.nearest("lead.created")) == ([], (), [], [])
