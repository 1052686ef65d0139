"""S0's two example answers, to the letter: names, their order, numbers and texts as they stand there (D2).

What no two spaces have alike is put in: ids, who made it, and when.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.api.incoming import OtherSystem, other_system

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def system(app: Flask, space_id: str) -> OtherSystem:
    """Another system that may use CRM and Tasks."""
    return other_system(app, space_id, "crm", "tasks")


def golden(name: str) -> dict[str, Any]:
    """An answer of the article."""
    found: dict[str, Any] = json.loads((GOLDEN / name).read_text())
    return found


def agrees(answer: dict[str, Any], article: dict[str, Any], own: set[str]) -> None:
    """The same names in the same order; the same values, but for the type alone where they are `own`."""
    assert list(answer) == list(article)
    for name, value in article.items():
        if name in own:
            assert type(answer[name]) is type(value), name
        else:
            assert (type(answer[name]), answer[name]) == (type(value), value), name


def test_the_request_to_create_a_lead_gets_the_answer_of_the_article(system: OtherSystem) -> None:
    made = system("POST", "/crm/v1/entities/lead", {"owner": 390, "title": "Lead", "comments": "qwerty"})
    own = {"id", "created_at", "updated_at", "created_by"}
    agrees(made.json, golden("s0_lead.json"), own)
    agrees(system("GET", f"/crm/v1/entities/lead/{made.json['id']}").json, golden("s0_lead.json"), own)


def test_a_task_is_read_as_the_article_shows_it(system: OtherSystem) -> None:
    article = golden("s0_task.json")
    filled = {"id", "createdBy", "createdDate", "closedBy", "closedDate", "kanbanStageId"}
    made = system("POST", "/tasks/v1/tasks", {n: v for n, v in article.items() if n not in filled})
    assert made.status_code == 201, made.text
    read = system("GET", f"/tasks/v1/tasks/{made.json['id']}").json
    agrees(read, article, {"id", "createdBy", "createdDate"})
