"""Alembic's way into the program: the database of the running Flask app, the models' metadata."""

from __future__ import annotations

from alembic import context

from app.core.extensions import db
from app.migrations.modelled import is_modelled
from app.models import Base


def run() -> None:
    """Migrate the database that the app is set to use, in one transaction per migration."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_object=is_modelled,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
