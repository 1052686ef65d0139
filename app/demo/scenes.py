"""The webhooks of the demo: what each sends, and how its receiver answers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """One webhook of the demo: what it sends, how its receiver answers and since when that is so."""

    name: str
    url: str
    events: tuple[str, ...]
    count: int
    state: str = "on"
    status: int | None = 200
    reason: str | None = None
    failing_hours: float = 0
    stray_failures: float = 0.0
    body: bytes = b'{"status":"OK"}'
    facts: tuple[tuple[str, str], ...] = ()
    unconfirmed: bool = False
    failure_limit: int = 10


SCENES = (
    Scene("Billing", "https://billing.example.com/hooks/leads", ("deal.created", "deal.stage_changed"), 180),
    Scene(
        "CRM sync",
        "https://crm.example.com/api/hookdesk",
        ("lead.created", "contact.created", "contact.changed"),
        140,
        status=401,
        reason="http_401",
        failing_hours=3,
        body=b'{"error":"token expired"}',
        failure_limit=70,
    ),
    Scene(
        "Stock",
        "https://stock.example.net/in",
        ("job.created", "job.status_changed"),
        160,
        stray_failures=0.06,
    ),
    Scene(
        "Chat bot",
        "https://chat.example.org/webhook",
        ("task.created", "comment.created"),
        60,
        state="paused",
    ),
    Scene(
        "Old warehouse",
        "https://warehouse.example.com/hook",
        ("estimate.created",),
        40,
        state="stopped",
        status=None,
        reason="dns_not_found",
        failing_hours=6,
        facts=(("host", "warehouse.example.com"),),
    ),
    Scene(
        "Newsletter",
        "https://news.example.com/subscribers",
        ("contact.created",),
        0,
        state="off",
        unconfirmed=True,
    ),
    Scene("Report", "https://report.example.com/daily", ("project.created",), 0, state="off"),
)
