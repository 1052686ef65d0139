"""The migrations lead to what the models say, there and back, on both databases."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade

from app import schema_version
from app.extensions import db
from app.models import Base


def differences() -> list[object]:
    with db.engine.connect() as connection:
        return compare_metadata(MigrationContext.configure(connection), Base.metadata)


def test_models_and_migrations_agree(app):
    with app.app_context():
        assert differences() == []


def test_migrations_can_be_taken_back_and_applied_again(app):
    schema_version.bind_migrations(app)
    with app.app_context():
        downgrade(revision="base")
        schema_version.bring_to_newest()
        assert differences() == []


def test_the_number_of_the_last_file_is_the_newest_migration():
    assert schema_version.newest() == ScriptDirectory(str(schema_version.FOLDER)).get_current_head()
