"""The table of search keys, which no model describes because each database has its own kind of it.

Migrations make it where people work; here it is made and dropped along with the tables of the models.
"""

from __future__ import annotations

from sqlalchemy import DDL, event

from app.core.orm import Base

# Only white space parts keys, which hold no quotation marks; letters beyond ASCII are letters to this tokenizer.
_SQLITE = r"""
create virtual table if not exists event_search using fts5(
  keys, content='', columnsize=0, detail=none,
  tokenize = "ascii tokenchars '!#$%%&()*+,-./:;<=>?@[\]^_`{|}~'"
)
"""
# Searches read what waits to be sorted into the index row by row, so it is kept short (kB).
_POSTGRESQL = (
    "create table if not exists event_search (place bigint not null, lowest bigint not null,"
    " places bigint[] not null, keys tsvector not null)",
    "create index if not exists ix_event_search_place on event_search (place)",
    "create index if not exists ix_event_search_keys on event_search using gin (keys)"
    " with (gin_pending_list_limit = 512)",
)


def bind_to_models() -> None:
    """From now on it comes and goes with the tables of the models."""
    event.listen(Base.metadata, "after_create", DDL(_SQLITE).execute_if(dialect="sqlite"))
    for statement in _POSTGRESQL:
        event.listen(Base.metadata, "after_create", DDL(statement).execute_if(dialect="postgresql"))
    event.listen(Base.metadata, "before_drop", DDL("drop table if exists event_search"))
