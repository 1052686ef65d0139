"""A database full of work: webhooks that are on, events of 1 kB, deliveries that are due."""

from __future__ import annotations

from cryptography.fernet import Fernet
from sqlalchemy import Engine, create_engine, insert, select

from app.core.database import prepare_engine
from app.core.encryption import Vault
from app.core.ids import new_id
from app.core.times import now_ms
from app.models import Base, Delivery, Event, Lane, Role, SigningSecret, Space, Webhook
from app.models.role import BUILT_IN
from app.sending.message.signing import new_secret

DATA = b'{"id":4711,"email":"ada@example.com","note":"' + b"x" * 950 + b'"}'
EVENT_TYPE = "lead.created"
SPACE = "spc_bench"
AT_ONCE = 20_000


def fresh_database(database_url: str) -> Engine:
    """An engine on an empty database with all tables."""
    engine = create_engine(database_url)
    prepare_engine(engine)
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    return engine


def new_vault() -> Vault:
    """A vault with a key of its own."""
    return Vault([("bench", Fernet.generate_key().decode())])


def add_webhooks(engine: Engine, vault: Vault, url: str, count: int, failure_limit: int = 10) -> list[str]:
    """`count` webhooks that are on, each with a signing key; returns their ids."""
    ids = [new_id("whk") for _ in range(count)]
    with engine.begin() as connection:
        if connection.scalar(select(Space.id)) is None:
            connection.execute(insert(Space.__table__), {"id": SPACE, "name": "Bench"})
            roles = [
                {"space_id": SPACE, "key": key, "name": title, "permissions": list(permissions)}
                for key, (title, permissions) in BUILT_IN.items()
            ]
            connection.execute(insert(Role.__table__), roles)
        connection.execute(
            insert(Webhook.__table__),
            [
                {
                    "id": i,
                    "space_id": SPACE,
                    "name": f"Webhook {n}",
                    "url": url,
                    "retry_schedule": [300, 600],
                    "state": "on",
                    "failure_limit": failure_limit,
                }
                for n, i in enumerate(ids)
            ],
        )
        connection.execute(insert(Lane.__table__), [{"webhook_id": i} for i in ids])
        connection.execute(
            insert(SigningSecret.__table__),
            [{"webhook_id": i, "secret": vault.encrypt(new_secret())} for i in ids],
        )
    return ids


def add_deliveries(engine: Engine, webhook_ids: list[str], count: int, status: str = "pending") -> list[str]:
    """`count` events, one due delivery each, spread over the webhooks; returns the deliveries' ids."""
    ids: list[str] = []
    for start in range(0, count, AT_ONCE):
        part = range(start, min(start + AT_ONCE, count))
        events = [new_event() for _ in part]
        rows = [
            _delivery(e["id"], webhook_ids[n % len(webhook_ids)], status)
            for n, e in zip(part, events, strict=True)
        ]
        with engine.begin() as connection:
            connection.execute(insert(Event.__table__), events)
            connection.execute(insert(Delivery.__table__), rows)
        ids += [str(row["id"]) for row in rows]
    _analyze(engine)
    return ids


def add_fan_out(engine: Engine, webhook_ids: list[str], events: int) -> None:
    """`events` events, each due to all of the webhooks."""
    for _ in range(events):
        event = new_event()
        with engine.begin() as connection:
            connection.execute(insert(Event.__table__), [event])
            connection.execute(
                insert(Delivery.__table__), [_delivery(event["id"], i, "pending") for i in webhook_ids]
            )
    _analyze(engine)


def _analyze(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.exec_driver_sql("analyze")
            connection.commit()


def new_event() -> dict[str, object]:
    """The row of an event of 1 kB."""
    return {"id": new_id("evt"), "space_id": SPACE, "type": EVENT_TYPE, "data": DATA, "occurred_at": now_ms()}


def _delivery(event_id: object, webhook_id: str, status: str) -> dict[str, object]:
    return {
        "id": new_id("dlv"),
        "space_id": SPACE,
        "event_id": event_id,
        "webhook_id": webhook_id,
        "event_type": EVENT_TYPE,
        "status": status,
        "due_at": now_ms(),
    }
