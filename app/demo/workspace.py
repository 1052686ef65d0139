"""The records of the demo, and the other system that makes some of them through an incoming webhook."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from app.core.actor import HOOKDESK, PERSON, Actor
from app.core.times import utc_now
from app.models import IncomingCall, Person
from app.services import incoming, records

COMPANIES = ("Byron Analytics", "Haddad & Sons", "Vogel Optics")
CONTACTS = (("Ada", "Byron"), ("Omar", "Haddad"), ("Greta", "Vogel"), ("Juan", "Ruiz"))
# What it is about, how much, and at which stage it stands.
DEALS = (
    ("200 sensors", 12_400, 5),
    ("Service contract", 3600, 6),
    ("Spare parts", 840.5, 6),
    ("Second warehouse", 58_000, 7),
    ("Trial year", 990, 8),
)
COMMENTS = ("They asked for two weeks more.", "Then the offer has to be out by Friday.")
LEADS, TASKS = "/crm/v1/entities/lead", "/tasks/v1/tasks"
# How many minutes ago, what was called, and what came of it.
CALLS: tuple[tuple[int, str, str, int, str | None, str | None], ...] = (
    (190, "POST", LEADS, 201, None, None),
    (140, "POST", LEADS, 422, "validation", "email: Enter an e-mail address such as name@example.org."),
    (139, "POST", LEADS, 201, None, None),
    (65, "GET", TASKS, 200, None, None),
    (20, "DELETE", f"{TASKS}/1", 403, "method", None),
)


def furnish(session: Session, space_id: str, owner: Person | None) -> None:
    """Fill the space with records, in the caller's transaction; before it has webhooks, so that nothing is sent."""
    actor = Actor(PERSON, owner.email, owner.id) if owner is not None else HOOKDESK
    _records(space_id, actor)
    if owner is not None:
        _other_system(session, space_id, owner)


def _records(space_id: str, actor: Actor) -> None:
    def new(kind: str, **values: Any) -> Any:
        return records.as_shown(records.create(space_id, kind, values, actor))["id"]

    for title in COMPANIES:
        new("company", title=title)
    for first, last in CONTACTS:
        new("contact", first_name=first, last_name=last, title=f"{first} {last}")
    for title, amount, stage in DEALS:
        value = {"currency": "EUR", "value": amount}
        new("deal", title=title, amount_of_the_deal=value, kanban_stage_id=stage)
    task = new("task", title="Send the offer to Greta Vogel")
    for text in COMMENTS:
        new("comment", entity_type="task", entity_id=task, message=text)


def _other_system(session: Session, space_id: str, owner: Person) -> None:
    """An incoming webhook, and what its log says of the last hours."""
    settings = {"name": "Website form", "tools": ["crm", "tasks"], "methods": ["GET", "POST"]}
    webhook = incoming.create(space_id, settings, incoming.Maker(owner.id))
    now = utc_now()
    for minutes, method, path, status, reason, detail in CALLS:
        at = now - timedelta(minutes=minutes)
        session.add(
            IncomingCall(
                incoming_webhook_id=webhook.id,
                called_at=at,
                from_address="198.51.100.24",
                method=method,
                path=path,
                status=status,
                reason=reason,
                detail=detail,
                duration_ms=12,
            )
        )
    webhook.last_used_at, webhook.last_status = at, status
