"""A space that was deleted 30 days ago goes with everything in it, and nothing of another goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import ms_of, utc_now
from app.maintenance.deleted_spaces import remove_deleted_spaces, tables_of_spaces
from app.maintenance.retention import anything_old_of_spaces, remove_old_of_spaces
from app.maintenance.step import Turn
from app.models import Base, Change, Delivery, Event, Space
from app.services import api_keys, inboxes, oauth_credentials, people, spaces, webhooks
from app.services.event_types import put_event_type
from app.services.events import publishing
from app.services.portal.links import make_link
from tests.web.people import PASSWORD

# They belong to nobody's space.
OF_THE_INSTANCE = {
    *("instance_key", "instance_event_type", "person", "login_failure", "maintenance_run"),
    *("request_template", "sns_signing_key", "space", "reading_place", "search_progress"),
    *("email_change", "password_reset", "recovery_code"),
}


def test_every_table_is_emptied_or_is_the_instances() -> None:
    emptied = [table.name for table in tables_of_spaces()]
    assert len(set(emptied)) == len(emptied)
    assert {table.name for table in Base.metadata.sorted_tables} - set(emptied) == OF_THE_INSTANCE


def full_space(name: str) -> str:
    space_id = spaces.create_space(name).id
    hook: dict[str, Any] = {"name": "CRM", "url": "http://127.0.0.1:9/", "events": ["lead.created"]}
    webhook_id = webhooks.create(space_id, hook).webhook.id
    webhooks.enable(space_id, webhook_id, force=True)
    for _ in range(30):
        publishing.publish(space_id, [{"type": "lead.created", "data": {}}])
    webhooks.pause(space_id, webhook_id)
    other = webhooks.create(space_id, hook).webhook.id
    webhooks.enable(space_id, other, force=True)
    publishing.publish(space_id, [{"type": "lead.created", "data": {}}])
    parameters = {"client_id": "us", "client_secret": "canary"}
    oauth_credentials.create(
        space_id, {"name": "C", "token_url": "http://127.0.0.1:9/", "parameters": parameters}
    )
    inboxes.inbox_of(space_id)
    put_event_type(space_id, "invoice.paid", {"sample": {"id": 1}})
    api_keys.create_key(space_id, "Shop", ["events:write"])
    people.create_person("ada@example.com", PASSWORD, space_id, "owner")
    make_link(space_id, {"permissions": ["webhooks.view"]})
    people.log_in("ada@example.com", PASSWORD, "192.0.2.1", "test")
    return str(space_id)


def counts() -> dict[str, int]:
    return {
        table.name: db.session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


@pytest.fixture
def settings(settings: dict[str, str]) -> dict[str, str]:
    allowed = {"HTTP": "1", "PORTS": "*", "NETWORKS": "127.0.0.0/8"}
    return {**settings, **{f"DELIVERY_ALLOW_{name}": value for name, value in allowed.items()}}


def test_a_deleted_space_goes_after_thirty_days(app: Flask) -> None:
    with app.test_request_context():
        kept = full_space("Kept")
        before = counts()
        going = full_space("Going")
        spaces.delete(going, "Going")
        assert not remove_deleted_spaces(Turn(lambda: False))
        assert db.session.get(Space, going) is not None
        space = db.session.get_one(Space, going)
        space.deleted_at = utc_now() - timedelta(days=30, seconds=1)
        db.session.commit()
        turns = 0
        while remove_deleted_spaces(Turn(lambda: False, seconds=0.002)):
            turns += 1
            assert turns < 200
        assert turns > 1  # in steps
        assert db.session.get(Space, going) is None
        after = counts()
        assert {name for name in before if after[name] != before[name]} <= {"login_session", "change"}
        assert db.session.query(Change.space_id).distinct().all() == [(kept,)]
        left = db.session.query(Delivery.space_id).distinct().all()
        assert left == [(kept,)]


def test_a_space_keeps_things_for_as_long_as_it_says(app: Flask) -> None:
    with app.test_request_context():
        short, long = spaces.create_space("Short").id, spaces.create_space("Long").id
        spaces.change_settings(short, {"name": "Short", "retention_days": 7})
        for space_id in (short, long):
            for days in (6, 8):
                made = new_id("evt", ms_of(utc_now() - timedelta(days=days)))
                db.session.add(
                    Event(id=made, space_id=space_id, type="lead.created", data=b"{}", occurred_at=utc_now())
                )
        db.session.commit()
        assert anything_old_of_spaces(90)
        assert remove_old_of_spaces(90) == 1
        assert not anything_old_of_spaces(90)
        assert db.session.query(Event).filter_by(space_id=short).count() == 1
        assert db.session.query(Event).filter_by(space_id=long).count() == 2
