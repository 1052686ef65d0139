"""Search keys: taken from events by the maintenance, also from those that are there already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.orm import Identifier

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# Only white space parts keys, which hold no quotation marks; letters beyond ASCII are letters to this tokenizer.
SQLITE = """
create virtual table event_search using fts5(
  keys, content='', columnsize=0, detail=none,
  tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"
)
"""
# Searches read what waits to be sorted into the index row by row, so it is kept short (kB).
POSTGRESQL = """
create table event_search (place bigint not null, lowest bigint not null, places bigint[] not null, keys tsvector not null);
create index ix_event_search_place on event_search (place);
create index ix_event_search_keys on event_search using gin (keys) with (gin_pending_list_limit = 512);
"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "search_progress",
        sa.Column("name", Identifier, nullable=False),
        sa.Column("last_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_search_progress")),
    )
    sqlite = op.get_bind().dialect.name == "sqlite"
    for statement in [SQLITE] if sqlite else POSTGRESQL.strip().splitlines():
        op.execute(sa.text(statement.replace(":", r"\:")))


def downgrade() -> None:
    """Take back."""
    op.drop_table("event_search")
    op.drop_table("search_progress")
