"""For every event type of the shipped catalogue: how somebody causes it on a record.

A story is a list of calls on records, as (method, kind, body); `{...}` in a value is the id of the record that a call
before made of that kind. The last call causes the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SIGNED = "2025-11-10T09:12:00Z"
NEW: dict[str, dict[str, Any]] = {
    "lead": {"title": "Rooftop solar for the bakery", "email": "hanna.keller@example.com"},
    "deal": {"title": "40 kW rooftop", "amount_of_the_deal": {"currency": "EUR", "value": 48600}},
    "contact": {"first_name": "Hanna", "last_name": "Keller", "email": [{"value": "h@example.com"}]},
    "company": {"title": "Keller Bakeries"},
    "activity": {"title": "Call Hanna Keller", "start_time": 1761807600},
    "task": {"title": "Order the mounting rails", "deadline": 1762178400},
    "post": {"message": "<p>The new warehouse opens on Monday</p>"},
    "comment": {"entity_type": "task", "entity_id": "{task}", "message": "<p>On Thursday.</p>"},
    "project": {"name": "Keller Bakeries rooftop", "tags": ["solar"]},
    "job": {"name": "Roof inspection", "assigned_to": {"id": "usr_14", "name": "Amira Haddad"}},
    "job_image": {"job_id": "{job}", "file_name": "roof.jpg", "url": "https://files.example.com/1"},
    "job_document": {"job_id": "{job}", "file_name": "report.pdf", "url": "https://files.example.com/2"},
    "estimate": {"title": "Two roofs", "items": [{"name": "Module", "quantity": 91, "total": "12922.00"}]},
    "signed_document": {"name": "Contract", "signers": [{"name": "Hanna Keller"}, {"name": "Jonas Berg"}]},
    "signable_document": {"name": "Acceptance", "signers": [{"name": "Hanna Keller"}]},
    "outreach_lead": {"first_name": "Jean", "last_name": "remove"},
    "outreach_task": {"id_lead": "{outreach_lead}", "title": "Call back"},
    "outreach_note": {"id_lead": "{outreach_lead}", "note": "Wants prices."},
    "outreach_message": {"id_lead": "{outreach_lead}", "channel": "linkedin", "from": "Jean", "text": "Yes"},
    "campaign": {"name": "Cargo bikes for fleets"},
    "campaign_email": {"id_campaign": "{campaign}", "id_lead": "{outreach_lead}", "to": "jean@example.com"},
    "list": {"name": "Bicycle makers"},
    "status": {"name": "Interested"},
    "tag": {"name": "cargo bikes"},
    "chat": {"title": "Rooftops"},
    "message": {"chat_id": "{chat}", "message": "<p>Who is there?</p>"},
}
CHANGE: dict[str, dict[str, Any]] = {
    **{kind: {"title": "Another"} for kind in ("lead", "deal", "contact", "company", "activity", "task")},
    **{kind: {"message": "<p>Another</p>"} for kind in ("post", "comment")},
    **{kind: {"name": "Another"} for kind in ("project", "job", "campaign", "list", "status", "tag")},
    "estimate": {"status": "sent"},
    "outreach_lead": {"company_role": "Managing director"},
    "outreach_task": {"is_done": True},
    "outreach_note": {"note": "Wants prices for 30."},
}
# What is no plain creation, change or deletion of a record: the kind, what comes before, and the last change.
SPECIAL: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "lead.stage_changed": ("lead", [{"kanban_stage_id": 3}]),
    "deal.stage_changed": ("deal", [{"kanban_stage_id": 7}]),
    "task.stage_changed": ("task", [{"kanbanStageId": "22"}]),
    "task.completed": ("task", [{"status": "completed"}]),
    "task.reopened": ("task", [{"status": "completed"}, {"status": "inWork"}]),
    "job.assigned": ("job", [{"assigned_to": {"id": "usr_17", "name": "Tomasz Nowak"}}]),
    "job.status_changed": ("job", [{"status": "completed"}]),
    "lead.status.update": ("outreach_lead", [{"status": {"id": "{status}"}}]),
    "lead.list.update": ("outreach_lead", [{"list": {"id": "{list}"}}]),
    "lead.tags.update": ("outreach_lead", [{"tags": [{"id": "{tag}"}]}]),
    "lead.track": ("outreach_lead", [{"is_tracked": True}]),
    "campaign.email.reply": ("campaign_email", [{"replied_at": SIGNED, "reply": "Yes"}]),
    "campaign.email.open": ("campaign_email", [{"opened_at": SIGNED}]),
    "campaign.email.click": ("campaign_email", [{"clicked_at": SIGNED, "url": "https://example.com/fleets"}]),
    "campaign.email.bounce": ("campaign_email", [{"bounced_at": SIGNED, "bounce_type": "hard"}]),
    "campaign.email.unsubscribe": ("campaign_email", [{"unsubscribed_at": SIGNED}]),
    "signed_document.signed": (
        "signed_document",
        [
            {"signers": [{"name": "Hanna Keller", "signed_at": SIGNED}, {"name": "Jonas Berg"}]},
            {
                "signers": [
                    {"name": "Hanna Keller", "signed_at": SIGNED},
                    {"name": "Jonas Berg", "signed_at": "2025-11-10T11:47:00Z"},
                ]
            },
        ],
    ),
    "signable_document.signed": (
        "signable_document",
        [{"signers": [{"name": "Hanna Keller", "signed_at": SIGNED}]}],
    ),
}
CREATED: dict[str, tuple[str, dict[str, Any]]] = {
    "job.image_created": ("job_image", {}),
    "job.document_created": ("job_document", {}),
    "lead.linkedin.new": ("outreach_message", {}),
    "lead.twitter.new": ("outreach_message", {"channel": "twitter"}),
    "lead.email.new": ("outreach_message", {"channel": "email", "subject": "Re: Cargo bikes"}),
    "campaign.email.sent": ("campaign_email", {}),
}
PREFIXES = {"lead.task": "outreach_task", "lead.note": "outreach_note"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: create (no id), change (a body) or delete (no body) a record of a kind."""

    method: str
    kind: str
    body: dict[str, Any] | None = None


def story_of(event: str) -> list[Call]:
    """The calls that cause this event, the last one. What they refer to is created first."""
    if event in CREATED:
        kind, more = CREATED[event]
        return creating(kind, more)
    if event in SPECIAL:
        kind, changes = SPECIAL[event]
        needed = [call for change in changes for call in _needed(change)]
        return [*creating(kind), *needed, *(Call("PATCH", kind, change) for change in changes)]
    name, _dot, action = event.rpartition(".")
    kind = PREFIXES.get(name) or (
        "outreach_lead" if name == "lead" and action in ("create", "update", "delete") else name
    )
    made = creating(kind)
    if action in ("changed", "update"):
        return [*made, Call("PATCH", kind, CHANGE[kind])]
    return [*made, Call("DELETE", kind)] if action in ("deleted", "delete") else made


def creating(kind: str, more: Mapping[str, Any] | None = None) -> list[Call]:
    """The calls that create a record of a kind, and before it what it cannot be without."""
    body = {**NEW[kind], **(more or {})}
    return [*_needed(body), Call("POST", kind, body)]


def _needed(body: Mapping[str, Any]) -> list[Call]:
    return [call for kind in NEW if f"'{{{kind}}}'" in repr(body) for call in creating(kind)]


def play(story: list[Call], perform: Callable[[str, str, Any], Any]) -> Any:
    """Perform a story and return the last answer. perform: method, path below /records, body or None -> record."""
    ids: dict[str, Any] = {}
    answer = None
    for call in story:
        path = f"/{call.kind}" if call.method == "POST" else f"/{call.kind}/{ids[call.kind]}"
        answer = perform(call.method, path, _with_ids(call.body, ids))
        if call.method == "POST":
            ids[call.kind] = answer["id"]
    return answer


def _with_ids(value: Any, ids: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _with_ids(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_ids(inner, ids) for inner in value]
    is_one = isinstance(value, str) and value[:1] == "{" and value[-1:] == "}"
    return ids[value[1:-1]] if is_one else value
