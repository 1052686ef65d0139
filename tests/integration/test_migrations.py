"""The migrations lead to what the models say, there and back, on both databases."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade
from sqlalchemy import MetaData, Table, insert, text

from app.core import schema_version
from app.core.extensions import db
from app.core.transaction import transaction
from app.ledger.counters import count
from app.maintenance.counters import compact
from app.migrations.modelled import is_modelled
from app.models import Base
from app.services import spaces, webhooks


def differences() -> list[object]:
    with db.engine.connect() as connection:
        options = {"include_object": is_modelled}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def room_in_pages() -> dict[str, list[str]]:
    """What tables and indexes have of options of their own, by name (PostgreSQL)."""
    with db.engine.connect() as connection:
        found = connection.execute(
            text(
                "select relname, reloptions from pg_class where reloptions is not null and relkind in ('r', 'i')"
            )
        ).all()
    return {name: options for name, options in found if not name.startswith("pg_")}


def test_models_and_migrations_agree(app):
    with app.app_context():
        assert differences() == []


@pytest.mark.databases("postgresql")
def test_models_and_migrations_leave_the_same_room_in_pages(app):
    with app.app_context():
        migrated = room_in_pages()
        Base.metadata.drop_all(db.engine)
        Base.metadata.create_all(db.engine)
        assert room_in_pages() == migrated
        assert {"lane", "pk_delivery", "ix_delivery_event_id"} <= set(migrated)


def test_migrations_can_be_taken_back_and_applied_again(app):
    schema_version.bind_migrations(app)
    with app.app_context():
        downgrade(revision="base")
        schema_version.bring_to_newest()
        assert differences() == []


def test_counts_that_are_not_compacted_survive_the_way_there_and_back(app):
    schema_version.bind_migrations(app)
    counts = {
        "triggered": 2,
        "delivered": 1,
        "failed": 0,
        "cancelled": 0,
        "held": 0,
        "tries_ok": 1,
        "tries_failed": 3,
    }
    with app.app_context():
        downgrade(revision="0016")
        before = Table("tally", MetaData(), autoload_with=db.engine)
        for hour in (7, 7, 8):
            db.session.execute(insert(before), {"webhook_id": "whk_a", "hour": hour, **counts})
        db.session.commit()
        schema_version.bring_to_newest()
        with transaction() as session:
            count(session, "whk_a", 8, triggered=4)
        summed = {"whk_a 7": (4, 6), "whk_a 8": (6, 3)}
        assert uncompacted() == summed
        downgrade(revision="0016")
        assert uncompacted("tally", "tries_failed") == summed
        db.session.execute(insert(before), {"webhook_id": "whk_b", "hour": 7, **counts})
        db.session.commit()
        assert uncompacted("tally", "tries_failed") == {**summed, "whk_b 7": (2, 3)}


def test_hours_of_before_are_summed_for_their_space(app):
    schema_version.bind_migrations(app)
    with app.test_request_context():
        space = spaces.create_space("Acme").id
        hooks = [
            webhooks.create(
                space, {"name": name, "url": "https://crm.example.com/", "events": ["lead.created"]}
            )
            for name in ("One", "Two")
        ]
        for hook in hooks:
            with transaction() as session:
                count(session, hook.webhook.id, 7, attempts_ok=2, took_50=2)
        assert compact(100) >= 2
        downgrade(revision="0039")
        assert of_space(space) == []
        schema_version.bring_to_newest()
        assert of_space(space) == [(7, 4, 4)]


def of_space(space_id: str) -> list[tuple[int, ...]]:
    """Hour, attempts that were accepted, and those that took up to 50 ms."""
    query = text("select hour, attempts_ok, took_50 from webhook_hour where webhook_id = :space")
    rows = [tuple(row) for row in db.session.execute(query, {"space": space_id})]
    db.session.commit()
    return rows


def uncompacted(table: str = "counter_change", failed: str = "attempts_failed") -> dict[str, tuple[int, int]]:
    """Sums of what is not compacted, by webhook and hour: triggered, failed attempts. Older tables had other names."""
    rows = db.session.execute(
        text(f"select webhook_id, hour, sum(triggered), sum({failed}) from {table} group by webhook_id, hour")
    ).all()
    db.session.commit()
    return {f"{row[0]} {row[1]}": (int(row[2]), int(row[3])) for row in rows}


def test_the_number_of_the_last_file_is_the_newest_migration():
    assert schema_version.newest() == ScriptDirectory(str(schema_version.FOLDER)).get_current_head()
