"""`make demo`: a space "Demo" that looks like a Tuesday: webhooks that work, one that fails, one that stopped.

Rows are written as the engine would have written them, spread over the last day; nothing is sent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from operator import attrgetter
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.catalogue import EventType, load_catalogue
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.core.transaction import transaction
from app.core.version import USER_AGENT
from app.demo.history import history
from app.demo.recoveries import recovery_of_the_morning
from app.demo.scenes import SCENES, Scene
from app.demo.workspace import furnish
from app.ledger.attempt_row import attempt_row, sent_as_it_was
from app.ledger.counters import count
from app.models import Attempt, Delivery, Event, Lane, Person, Space, Subscription, Webhook
from app.models.confirmation import CONFIRMATION, PING
from app.models.counter import hour_of, took_name
from app.models.delivery import FAILED, HELD, PENDING, SUCCEEDED
from app.models.webhook import FAILURES, ON, STOPPED, UNCONFIRMED
from app.outbound import Exchange
from app.sending.message.composing import rfc3339
from app.sending.message.signing import new_secret
from app.services.incidents.finding import follow, open_incident, to_follow, to_open
from app.services.people import add_person
from app.services.spaces import add_space
from app.services.webhooks.numbers import next_number
from app.services.webhooks.secret_keys import key_row

NAME = "Demo"
ANSWER_HEADERS = b'[["content-type","application/json"],["server","Caddy"]]'
# How long after its event each attempt starts: the default schedule.
AFTER = (timedelta(0), timedelta(minutes=5), timedelta(minutes=15))
PEOPLE = ("Ada Byron", "Lin Chen", "Omar Haddad", "Greta Vogel", "Juan Ruiz", "Mira Patel")


def fill_demo() -> tuple[Space, bool]:
    """The space "Demo" and whether it was made now; a demo that exists is left as it is.

    It belongs to whoever was here first.
    """
    with transaction() as session:
        space = session.scalar(select(Space).where(Space.name == NAME))
        if space is not None:
            return space, False
        space = add_space(session, NAME)
        owner = session.scalar(select(Person).order_by(Person.created_at).limit(1))
        if owner is not None:
            add_person(session, owner.email, "", space.id, "owner")
        furnish(session, space.id, owner)
        dice = random.Random(4711)  # noqa: S311 (scenery, not secrets)
        for scene in SCENES:
            _play(session, space.id, scene, dice)
    for webhook_id in to_open():
        with transaction() as session:
            open_incident(session, webhook_id)
    for incident_id in to_follow():
        more = True
        while more:
            with transaction() as session:
                more = follow(session, incident_id)
    return space, True


def _play(session: Session, space_id: str, scene: Scene, dice: random.Random) -> None:
    now = utc_now()
    webhook = _webhook(space_id, scene, now)
    webhook.number = next_number(session, space_id)
    session.add(webhook)
    session.flush()
    session.add(key_row(webhook.id, new_secret()))
    session.add_all(history(webhook, scene, now))
    times = sorted(now - timedelta(seconds=dice.uniform(30, 24 * 3600)) for _ in range(scene.count))
    rows = [row for at in times for row in _happening(session, webhook, scene, at, now, dice)]
    session.add_all(rows)
    failed = [row for row in rows if isinstance(row, Delivery) and row.status == FAILED][:3]
    if scene.state == ON and failed:
        session.add_all(recovery_of_the_morning(webhook, failed, now))
    _remember(
        webhook.lane, sorted((row for row in rows if isinstance(row, Attempt)), key=attrgetter("started_at"))
    )


def _remember(lane: Lane, attempts: list[Attempt]) -> None:
    """What a lane knows of its tries (oldest first), as the engine would have left it."""
    if not attempts:
        return
    last, failures = attempts[-1], [attempt for attempt in attempts if attempt.outcome == FAILED]
    lane.last_sent_at, lane.last_attempt_id = last.started_at, last.id
    lane.last_status, lane.last_reason = last.status, last.reason
    lane.last_failure_at = failures[-1].started_at if failures else None
    run = list(takewhile(lambda attempt: attempt.outcome == FAILED, reversed(attempts)))
    lane.failures_in_a_row, lane.failing_since = len(run), run[-1].started_at if run else None
    lane.failing_seconds = len(run)  # none of them within a second of another


def _webhook(space_id: str, scene: Scene, now: datetime) -> Webhook:
    return Webhook(
        id=new_id("whk"),
        space_id=space_id,
        name=scene.name,
        url=scene.url,
        retry_schedule=[300, 600],
        state=scene.state,
        state_reason=UNCONFIRMED if scene.unconfirmed else FAILURES if scene.state == STOPPED else None,
        verification=CONFIRMATION if scene.unconfirmed else PING,
        failure_limit=scene.failure_limit,
        state_since=now - timedelta(hours=1),
        created_at=now - timedelta(days=20),
        lane=Lane(),
        subscriptions=[Subscription(space_id=space_id, event_type=key) for key in scene.events],
    )


def _happening(
    session: Session, webhook: Webhook, scene: Scene, at: datetime, now: datetime, dice: random.Random
) -> Iterator[Any]:
    """The rows of one event: itself, its delivery and its tries; it is counted too."""
    event = _event(webhook.space_id, load_catalogue().require(dice.choice(scene.events)), at, dice)
    broken = bool(scene.failing_hours) and at > now - timedelta(hours=scene.failing_hours)
    held = scene.state in {"paused", "stopped"} and at > now - timedelta(hours=1)
    failed = not held and (broken or dice.random() < scene.stray_failures)
    delivery = _delivery(event, webhook, HELD if held else _outcome(failed, at, now))
    yield event
    yield delivery
    changes = {"triggered": 1, "held": int(held)}
    if not held:
        attempts = 1 if not failed else 3 if delivery.status == FAILED else 1
        for number in range(1, attempts + 1):
            attempt = _attempt(delivery, event, webhook, scene, number, failed, dice)
            if attempt.status is not None:
                name = took_name(attempt.duration_us // 1000)
                changes[name] = changes.get(name, 0) + 1
            yield attempt
        _close(delivery, scene, attempts, failed)
        changes |= {"delivered": int(delivery.status == SUCCEEDED), "failed": int(delivery.status == FAILED)}
        changes |= {"attempts_ok": int(not failed), "attempts_failed": attempts if failed else 0}
    count(session, webhook.id, hour_of(at), **changes)


def _outcome(failed: bool, at: datetime, now: datetime) -> str:
    if not failed:
        return SUCCEEDED
    return FAILED if now - at > timedelta(minutes=15) else PENDING


def _event(space_id: str, event_type: EventType, at: datetime, dice: random.Random) -> Event:
    data = orjson.loads(orjson.dumps(event_type.sample))
    name = dice.choice(PEOPLE)
    record = str(dice.randint(1000, 9999))
    data.update({"id": int(record)} if isinstance(data.get("id"), int) else {"id": record})
    if "email" in data:
        data["email"] = f"{name.split()[0].lower()}@example.com"
    return Event(
        id=new_id("evt", ms_of(at)),
        space_id=space_id,
        type=event_type.key,
        data=orjson.dumps(data),
        object_id=record,
        occurred_at=at,
        created_at=at,
        deliveries_count=1,
    )


def _delivery(event: Event, webhook: Webhook, status: str) -> Delivery:
    return Delivery(
        id=new_id("dlv", ms_of(event.created_at)),
        space_id=event.space_id,
        event_id=event.id,
        webhook_id=webhook.id,
        event_type=event.type,
        status=status,
        due_at=event.created_at + timedelta(minutes=5),
        created_at=event.created_at,
    )


def _attempt(
    delivery: Delivery,
    event: Event,
    webhook: Webhook,
    scene: Scene,
    number: int,
    failed: bool,
    dice: random.Random,
) -> Attempt:
    started = event.created_at + AFTER[number - 1]
    status, reason = (scene.status, scene.reason) if scene.failing_hours else (503, "http_503")
    answered = not failed or status is not None
    took = dice.randint(40_000, 400_000)
    body = scene.body if failed else b'{"status":"OK"}'
    exchange = Exchange(
        ms_of(started),
        status=(status if failed else 200) if answered else None,
        body_size=len(scene.body) if answered else 0,
        duration_us=took,
        dns_us=2_000,
        connect_us=9_000 if answered else 0,
        tls_us=14_000 if answered else 0,
        first_byte_us=took - 3_000 if answered else 0,
    )
    sent = sent_as_it_was(
        "POST",
        webhook.url,
        _request_headers(event, started),
        b'{"type":%b,"timestamp":%b,"data":%b}'
        % (orjson.dumps(event.type), orjson.dumps(rfc3339(ms_of(event.occurred_at))), event.data),
    )
    answer = (
        ANSWER_HEADERS if answered else None,
        body if answered else None,
        "" if answered else "Could not resolve host",
        orjson.dumps(dict(scene.facts)),
    )
    row = attempt_row(
        event.space_id,
        webhook.id,
        exchange,
        sent,
        answer,
        not failed,
        reason if failed else None,
        delivery.id,
        number,
    )
    return Attempt(**row | {"id": new_id("att", ms_of(started))})


def _request_headers(event: Event, at: datetime) -> bytes:
    return orjson.dumps(
        [
            ["Content-Type", "application/json"],
            ["User-Agent", USER_AGENT],
            ["webhook-id", event.id],
            ["webhook-timestamp", str(int(at.timestamp()))],
        ]
    )


def _close(delivery: Delivery, scene: Scene, attempts: int, failed: bool) -> None:
    delivery.attempts_count = attempts
    delivery.failed_attempts = attempts if failed else 0
    delivery.last_status = 200
    if failed:
        known = bool(scene.failing_hours)
        delivery.last_status = scene.status if known else 503
        delivery.last_reason = scene.reason if known else "http_503"
    delivery.last_attempt_at = delivery.created_at + AFTER[attempts - 1]
