"""Records by API (D5): the articles' shapes to the letter, every event of the catalogue, what is refused."""

from __future__ import annotations

from tests.api.conftest import Caller

LEAD = {
    "id": 1,
    "created_at": 0,
    "updated_at": 0,
    "title": "Lead",
    "owner": 390,
    "created_by": 1,
    "changed_by": "",
    "converted": False,
    "contacts": "",
    "companies": "",
    "first_name": "",
    "last_name": "",
    "patronymic": "",
    "company_name": "",
    "position": "",
    "utm_source": "",
    "utm_medium": "",
    "utm_campaign": "",
    "utm_content": "",
    "utm_term": "",
    "messengers": "",
    "phone": "",
    "email": "",
    "comments": "qwerty",
    "source": "",
    "lead_label": "",
    "kanban_status": "IN_WORK",
    "kanban_reason_id": "",
    "closed_by": "",
    "closed_at": "",
    "first_closed_by": "",
    "first_closed_at": "",
    "kanban_stage_id": 1,
    "table_name": "leads",
    "new_kanban_stage_id": None,
    "old_kanban_stage_id": None,
}


def test_a_lead_is_answered_as_the_article_shows_it(call: Caller) -> None:
    """S0: the request body and the answer, name by name and in its order."""
    made = call("POST", "/records/lead", {"owner": 390, "title": "Lead", "comments": "qwerty"})
    assert made.status_code == 201, made.text
    shown = dict(made.json)
    assert shown["created_at"] == shown["updated_at"] > 1_700_000_000
    shown["created_at"] = shown["updated_at"] = 0
    assert shown == LEAD
    assert list(made.json) == list(LEAD)
    assert call("GET", "/records/lead/1").json == made.json
