"""Search keys on SQLite: an FTS5 table without content, whose row ids are the places of events.

It keeps no text, no positions and no lengths: only which keys stand where, newest first at no cost. To take an event
out of it one has to say which keys it had; they follow from its data.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.ledger.search.rows import Keys, ToRead, alternatives, ids_between, keys_of_event
from app.models.search_keys import LARGEST_DATA, Wanted, whole_words

# Events are stored under a lock, so that their row ids tell in which order; those of a table without a key that is a
# number may change (VACUUM), so the id is kept and its row id looked up.
_COLUMNS = (
    """id, space_id, case when length(data) <= :largest then data end, object_id, project_id, actor_id"""
)
_READ = text(f"""
    select {_COLUMNS} from event where rowid > coalesce(
      (select rowid from event where id = :last), (select max(rowid) from event where id < :last), 0)
    order by rowid limit :limit
""")  # noqa: S608 (words of ours)
_READ_THESE = text(f"select {_COLUMNS} from event where id in (select value from json_each(:ids))")  # noqa: S608
_INSERT = text("insert into event_search (rowid, keys) values (:place, :keys)")
_REMOVE = text("insert into event_search (event_search, rowid, keys) values ('delete', :place, :keys)")
_FIND = text("""
    select rowid from event_search where event_search match :wanted and rowid >= :low and rowid < :high
    order by rowid desc limit :limit
""")

_IDS_AT = text("""
    select event.id from json_each(:ranges) as at cross join event
    where event.id >= at.value ->> 0 and event.id < at.value ->> 1 and event.space_id || '' = :space
    order by event.id desc
""")


class SqliteIndex:
    """A `SearchIndex`."""

    commits_late = False

    def to_read(self, session: Session, last_id: str, limit: int, looks_back_ms: int) -> list[ToRead]:
        """See `SearchIndex`. Nothing is committed late here, so that nobody has to look back."""
        values = {"last": last_id, "limit": limit, "largest": LARGEST_DATA}
        return [ToRead._make(row) for row in session.execute(_READ, values)]

    def insert(self, session: Session, rows: Sequence[Keys]) -> None:
        """See `SearchIndex`."""
        if with_keys := _with_keys(rows):
            session.execute(_INSERT, with_keys)

    def remove(self, session: Session, event_ids: Sequence[str]) -> None:
        """See `SearchIndex`."""
        values = {"ids": json.dumps(list(event_ids)), "largest": LARGEST_DATA}
        read = [ToRead._make(row) for row in session.execute(_READ_THESE, values)]
        if rows := _with_keys([keys_of_event(one) for one in read]):
            session.execute(_REMOVE, rows)

    def find(self, session: Session, tag: str, wanted: Wanted, low: int, high: int, limit: int) -> list[int]:
        """See `SearchIndex`. Where a page is full of whole words, their beginnings are not looked for.

        FTS5 reads a word backwards until the page is full, and of a beginning all words there are.
        """
        values = {"wanted": _match(whole_words(wanted), tag), "low": low, "high": high, "limit": limit}
        found = list(session.scalars(_FIND, values))
        if len(found) == limit or wanted == whole_words(wanted):
            return found
        return list(session.scalars(_FIND, values | {"wanted": _match(wanted, tag)}))

    def ids_at(self, session: Session, space_id: str, places: Sequence[int]) -> list[str]:
        """See `SearchIndex`."""
        ranges = json.dumps([ids_between(place) for place in places])
        return list(session.scalars(_IDS_AT, {"ranges": ranges, "space": space_id}))


def _with_keys(rows: Sequence[Keys | None]) -> list[dict[str, object]]:
    return [{"place": row.place, "keys": " ".join(row.keys)} for row in rows if row and row.keys]


def _match(wanted: Wanted, tag: str) -> str:
    return " OR ".join(
        "(" + " AND ".join(f'"{key}"' + ("" if whole else "*") for key, whole in all_of) + ")"
        for all_of in alternatives(wanted, tag)
    )
