"""Spaces and what belongs to them survive the way there and back, names that repeat included."""

from __future__ import annotations

from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import text

from app.core import schema_version
from app.core.extensions import db
from app.models import Change, Membership, Role, Space
from app.services import people, spaces
from app.services.portal.links import make_link
from tests.web.people import PASSWORD

BEFORE = str(ScriptDirectory(str(schema_version.FOLDER)).get_revision("0046").down_revision)


def test_rows_survive(app: Flask) -> None:
    schema_version.bind_migrations(app)
    with app.test_request_context():
        first, _made = spaces.put_space("1", {"name": "Acme"})
        second, _made = spaces.put_space("2", {"name": "Acme"})
        people.create_person("ada@example.com", PASSWORD, first.id, "owner")
        make_link(first.id, {"permissions": ["webhooks.view"]})
        db.session.add(
            Change(
                space_id=first.id,
                subject_kind="space",
                subject_id=first.id,
                kind="edited",
                actor_kind="portal",
                actor_id="a" * 200,
                actor_name="Ada",
            )
        )
        db.session.commit()
        roles, changes = db.session.query(Role).count(), db.session.query(Change).count()
        db.session.remove()
        downgrade(revision=BEFORE)
        names = set(db.session.execute(text("select name from space")).scalars())
        assert names == {"Acme", f"Acme ({second.id})"}
        db.session.remove()
        schema_version.bring_to_newest()
        assert db.session.query(Role).count() == roles
        assert db.session.query(Change).count() == changes
        assert db.session.query(Membership.space_id).scalar() == first.id
        row = db.session.get_one(Space, second.id)
        assert (row.external_id, row.language, row.archived_at) == (None, "en", None)
