"""Records in the shapes of the articles, name by name, numbers and texts as there (S0, S3)."""

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


TASK_FROM_THE_ARTICLE = {
    "parentId": 250,
    "title": "Task",
    "setterId": "1",
    "departmentId": "1",
    "groupId": "2",
    "responsibleId": "2",
    "deadline": 0,
    "body": '<p class="PlaygroundEditorTheme__paragraph" dir="ltr"><span>опис</span></p>',
    "priority": "veryHigh",
    "requiredResult": False,
    "acceptResult": True,
    "timeTracking": True,
    "timeEstimate": 0,
    "templateId": 294,
    "delegation": True,
    "accomplicesIds": ["2", "3", "4", "36"],
    "auditorsIds": ["2", "3", "4", "36"],
    "crmEntities": {
        "deals": [{"id": 124, "title": "Deal"}],
        "companies": [{"id": 39, "title": "Company"}],
        "universal_entity": [{"id": 2, "title": "Universal"}],
    },
    "scheduler": {
        "taskId": 294,
        "active": True,
        "nextRun": 1732709700,
        "dateStart": "09.10.2024",
        "timezoneOffset": 3,
        "deadlineDay": None,
        "period": "day",
    },
}
# What the article shows and a caller does not send, in the article's words.
TASK_BY_ITSELF = {
    "createdBy": "1",
    "closedBy": "",
    "closedDate": None,
    "status": "notScheduled",
    "resultCommentId": "",
    "template": False,
    "basicTask": False,
    "taskType": "task",
    "kanbanStageId": "",
    "elapsedTimes": {"totalSeconds": 0, "myTime": 0, "elapsedTimes": []},
}
TASK_ORDER = str.split(
    "id parentId title setterId createdBy createdDate departmentId groupId closedBy responsibleId deadline"
    " closedDate body status priority resultCommentId requiredResult acceptResult timeTracking timeEstimate"
    " template templateId delegation basicTask taskType accomplicesIds auditorsIds kanbanStageId elapsedTimes"
    " crmEntities scheduler"
)


def test_a_task_is_answered_as_the_article_shows_it(call: Caller) -> None:
    """S0's other example: ids as texts, `deadline: 0`, nested values as they were sent."""
    made = call("POST", "/records/task", TASK_FROM_THE_ARTICLE)
    assert made.status_code == 201, made.text
    shown = made.json
    assert list(shown) == TASK_ORDER
    assert shown.pop("createdDate") > 1_700_000_000
    assert shown == {"id": "1", **TASK_FROM_THE_ARTICLE, **TASK_BY_ITSELF}


def test_a_comment_is_the_entity_of_the_article(call: Caller) -> None:
    """S0's event message: `data.entity`, name by name in its order."""
    call("POST", "/records/task", {"title": "Task"})
    mentioned = {"users": [1], "departments": [], "groups": []}
    body = {
        "entity_type": "task",
        "entity_id": 1,
        "message": "<p><span>test</span></p>",
        "mentioned": mentioned,
    }
    shown = call("POST", "/records/comment", body).json
    assert list(shown) == [
        "author_id",
        "entity_type",
        "entity_id",
        "message",
        "date",
        "id",
        "mentioned",
        "notify",
    ]
    assert shown | {"date": 0} == {**body, "author_id": 1, "date": 0, "id": 1, "notify": mentioned}


def test_an_outreach_lead_is_the_payload_of_the_article(call: Caller) -> None:
    """S3's sample payload: a new lead has these names and these empty values."""
    shown = call("POST", "/records/outreach_lead", {"first_name": "Jean", "last_name": "remove"}).json
    names = (
        "id email company notes phone linkedin_url created_at updated_at first_name icebreaker last_name website_url"
        " timezone city company_role twitter_name avatar_url icebreaker_2 icebreaker_3 icebreaker_4"
        " email_bounce_score twitter_company_name is_deleted is_deleted_at custom_fields custom_fields_schema order"
        " contract_value is_tracked id_import_task id_linkedin_company id_linkedin id_space id_twitter_company"
        " id_twitter"
    )
    assert list(shown) == names.split()
    assert len(shown["id"]) == 36
    assert shown["created_at"][10] == "T" and shown["created_at"][-5:-4] == "."
    empty = {n: shown[n] for n in ("email", "updated_at", "icebreaker", "is_deleted", "order", "is_tracked")}
    assert empty == {
        "email": None,
        "updated_at": None,
        "icebreaker": "",
        "is_deleted": False,
        "order": 0,
        "is_tracked": False,
    }
