"""Every event that the five articles describe is in the shipped catalogue, and nothing they forbid."""

from __future__ import annotations

import pytest

from app.catalogue import load_catalogue

S0_OBJECTS = ("lead", "deal", "contact", "company", "activity", "task", "post", "comment")
S0_WITH_STAGES = ("lead", "deal", "task")
S1_ACTION_API = {
    "post_task": "task.created",
    "update_task": "task.changed",
    "close_task": "task.completed",
    "reopen_task": "task.reopened",
    "delete_task": "task.deleted",
    "post_comment": "comment.created",
    "update_comment": "comment.changed",
    "delete_comment": "comment.deleted",
    "post_project": "project.created",
    "update_project": "project.changed",
}
S3_NAMES = [
    "lead.create",
    "lead.update",
    "lead.delete",
    "lead.status.update",
    "lead.list.update",
    "lead.tags.update",
    "lead.track",
    "lead.task.create",
    "lead.task.update",
    "lead.task.delete",
    "lead.note.create",
    "lead.note.update",
    "lead.note.delete",
    "lead.linkedin.new",
    "lead.twitter.new",
    "lead.email.new",
    "campaign.create",
    "campaign.update",
    "campaign.delete",
    "campaign.email.sent",
    "campaign.email.reply",
    "campaign.email.open",
    "campaign.email.click",
    "campaign.email.bounce",
    "campaign.email.unsubscribe",
    "list.create",
    "list.update",
    "list.delete",
    "status.create",
    "status.update",
    "status.delete",
    "tag.create",
    "tag.update",
    "tag.delete",
]
S4_KEYS = [
    "job.created",
    "job.changed",
    "job.assigned",
    "job.image_created",
    "job.document_created",
    "job.status_changed",
    "estimate.created",
    "estimate.changed",
    "signed_document.signed",
    "signable_document.signed",
]
S0_KEYS = [f"{name}.{action}" for name in S0_OBJECTS for action in ("created", "changed", "deleted")]
STAGE_KEYS = [f"{name}.stage_changed" for name in S0_WITH_STAGES]
FROM = [
    *(("S0", key) for key in S0_KEYS + STAGE_KEYS),
    *(("S1", key) for key in S1_ACTION_API.values()),
    ("S2", "contact.created"),
    *(("S3", key) for key in S3_NAMES),
    *(("S4", key) for key in S4_KEYS),
]


@pytest.mark.parametrize(("article", "key"), FROM)
def test_an_article_s_event_is_in_the_catalogue(article: str, key: str) -> None:
    assert article in load_catalogue().require(key).sources


def test_nothing_else_is_in_the_catalogue() -> None:
    """But for what happens to webhooks themselves (F8), which no article knows."""
    keys = set(load_catalogue().keys())
    assert {key for key in keys if not key.startswith("hookdesk.")} == {key for _, key in FROM}


@pytest.mark.parametrize("name", [name for name in S0_OBJECTS if name not in S0_WITH_STAGES])
def test_a_record_without_stages_has_no_stage_change_and_says_why(name: str) -> None:
    catalogue = load_catalogue()
    assert catalogue.get(f"{name}.stage_changed") is None
    assert "no stages" in (catalogue.why_not(name, "stage_changed") or "")


@pytest.mark.parametrize("name", S0_WITH_STAGES)
def test_a_record_with_stages_shows_the_old_and_the_new_one(name: str) -> None:
    sample = load_catalogue().require(f"{name}.stage_changed").sample
    old, new = (
        next(value for field, value in sample.items() if field.casefold().startswith(word))
        for word in ("old", "new")
    )
    assert old and new and old != new


@pytest.mark.parametrize(("name", "key"), S1_ACTION_API.items())
def test_the_action_api_s_names_lead_to_our_types(name: str, key: str) -> None:
    found = load_catalogue().by_action_api_name(name)
    assert found is not None and found.key == key


def test_both_articles_that_know_contacts_share_one_type() -> None:
    assert load_catalogue().require("contact.created").sources == ("S0", "S2")


def test_groups_stand_in_their_order() -> None:
    titles = [group.title for group in load_catalogue().groups]
    assert titles == [
        "CRM",
        "Tasks",
        "Posts and comments",
        "Projects",
        "Outreach",
        "Jobs",
        "Estimates",
        "Documents",
        "Hookdesk itself",
    ]


def test_an_article_s_own_field_names_are_in_the_samples() -> None:
    catalogue = load_catalogue()
    assert {"kanban_stage_id", "old_kanban_stage_id", "utm_source"} <= catalogue.require(
        "lead.created"
    ).sample.keys()
    assert {"responsibleId", "accomplicesIds", "crmEntities"} <= catalogue.require(
        "task.created"
    ).sample.keys()
    assert {"author_id", "entity_type", "mentioned"} <= catalogue.require("comment.created").sample.keys()
    assert {"id_space", "icebreaker_2", "contract_value"} <= catalogue.require("lead.create").sample.keys()


@pytest.mark.parametrize("key", ["task.created", "comment.created", "project.created", "job.created"])
def test_what_belongs_to_a_project_names_it(key: str) -> None:
    assert load_catalogue().require(key).sample["project_id"]
