"""Where search keys are kept: one row for each event that has some, found by its `place`.

Two dialects: PostgreSQL keeps a tsvector under a GIN index, SQLite an FTS5 table without content. In both a key
begins with the `tag` of its space, so that nobody's common words cost somebody else's search anything.
"""

from app.ledger.search.opening import SearchIndex, search_index
from app.ledger.search.rows import (
    Keys,
    ToRead,
    first_place_at,
    keys_of_event,
    moment_of,
    place_of,
    tag_of,
)
from app.ledger.search.tables import bind_to_models

bind_to_models()

__all__ = [
    "Keys",
    "SearchIndex",
    "ToRead",
    "first_place_at",
    "keys_of_event",
    "moment_of",
    "place_of",
    "search_index",
    "tag_of",
]
