"""What answers say of the audit."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.api.schemas.changes import ActorOut


class SubjectOut(TypedDict):
    """What was acted on. `id` is the key of an event type; null of a few entries older than the audit."""

    kind: str
    id: str | None


class AuditEntryOut(TypedDict):
    """Who did what to whom. `before`, `after`: the fields that changed by name, secrets as bullets.

    Null where there is nothing to tell: `before` of what was made, `after` of what was deleted.
    """

    id: str
    at: str
    actor: ActorOut
    from_address: str
    action: str
    subject: SubjectOut
    before: dict[str, Any] | None
    after: dict[str, Any] | None
