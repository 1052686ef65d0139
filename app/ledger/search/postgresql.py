"""Search keys on PostgreSQL: a tsvector for each event and a GIN index over them.

What was found has to come newest first, which GIN cannot do. So a search first looks through the newest rows: a word
that many events have is found there at once. Only if it is rare is the index asked, which then has little to sort.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.ledger.search.rows import Keys, ToRead, alternatives, earlier, ids_between, place_of
from app.models.search_keys import LARGEST_DATA, Wanted

# Rows that are read without the index.
NEWEST = 4_000
_MOST_LATE = 200_000

_NEW = text("select id from event where id > :last order by id limit :limit")
_LATE = text("select id from event where id > :low and id <= :last order by id desc limit :most")
_PLACES = text("select place from event_search where place between :low and :high")
_READ = text("""
    select id, space_id, case when length(data) <= :largest then data end, object_id, project_id, actor_id
    from event where id = any(:ids) order by id
""")
_INSERT = text("""
    insert into event_search (place, keys)
    select place, array_to_tsvector(string_to_array(keys, ' '))
    from unnest(cast(:places as int8[]), cast(:keys as text[])) as given (place, keys)
""")
_REMOVE = text("delete from event_search where place = any(:places)")
_AMONG_NEWEST = text("""
    select place from (
      select place, keys from event_search where place >= :low and place < :high order by place desc limit :newest
    ) as newest where keys @@ cast(:wanted as tsquery) order by place desc limit :limit
""")
# The expression keeps the planner from reading backwards along the places until it has found enough.
_BY_KEYS = text("""
    select place from event_search
    where keys @@ cast(:wanted as tsquery) and place + 0 >= :low and place + 0 < :high
    order by place + 0 desc limit :limit
""")

_IDS_AT = text("""
    select found.id from unnest(cast(:lows as text[]), cast(:highs as text[])) as at (low, high)
    cross join lateral (
      select id, space_id from event where id >= at.low and id < at.high order by id limit 5
    ) as found where found.space_id = :space order by found.id desc
""")


class PostgresqlIndex:
    """A `SearchIndex`."""

    commits_late = True

    def to_read(self, session: Session, last_id: str, limit: int, looks_back_ms: int) -> list[ToRead]:
        """See `SearchIndex`: transactions commit in another order than ids are made."""
        low = earlier(last_id, looks_back_ms)
        late = session.scalars(_LATE, {"low": low, "last": last_id, "most": _MOST_LATE}).all()
        new = session.scalars(_NEW, {"last": last_id, "limit": limit}).all()
        places = {place: one for one in (*reversed(late), *new) if (place := place_of(one)) is not None}
        if not places:
            return []
        known = set(session.scalars(_PLACES, {"low": min(places), "high": max(places)}))
        missing = [one for place, one in places.items() if place not in known][:limit]
        return [_to_read(row) for row in session.execute(_READ, {"ids": missing, "largest": LARGEST_DATA})]

    def insert(self, session: Session, rows: Sequence[Keys]) -> None:
        """See `SearchIndex`."""
        session.execute(
            _INSERT, {"places": [row.place for row in rows], "keys": [" ".join(row.keys) for row in rows]}
        )

    def remove(self, session: Session, event_ids: Sequence[str]) -> None:
        """See `SearchIndex`."""
        session.execute(_REMOVE, {"places": [p for one in event_ids if (p := place_of(one)) is not None]})

    def find(self, session: Session, tag: str, wanted: Wanted, low: int, high: int, limit: int) -> list[int]:
        """See `SearchIndex`."""
        values = {"wanted": _tsquery(wanted, tag), "low": low, "high": high, "limit": limit, "newest": NEWEST}
        found = list(session.scalars(_AMONG_NEWEST, values))
        return found if len(found) == limit else list(session.scalars(_BY_KEYS, values))

    def ids_at(self, session: Session, space_id: str, places: Sequence[int]) -> list[str]:
        """See `SearchIndex`."""
        lows, highs = zip(*map(ids_between, places), strict=True)
        values = {"lows": list(lows), "highs": list(highs), "space": space_id}
        return list(session.scalars(_IDS_AT, values))


def _to_read(row: Row[tuple[object, ...]]) -> ToRead:
    read = ToRead._make(row)
    return read._replace(data=bytes(read.data)) if read.data is not None else read


def _tsquery(wanted: Wanted, tag: str) -> str:
    return " | ".join(
        "(" + " & ".join(_quoted(key) + ("" if whole else ":*") for key, whole in all_of) + ")"
        for all_of in alternatives(wanted, tag)
    )


def _quoted(key: str) -> str:
    return "'" + key.replace("\\", "\\\\").replace("'", "''") + "'"
