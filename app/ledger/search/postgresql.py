"""Search keys on PostgreSQL: blocks of events, each one tsvector in which a key's positions say which events have it.

One row for each event would be as large as the event. A key that many events have stands once in a block, and in the
GIN index over the blocks only keys that few have take room. What was found has to come newest first, which GIN cannot
do: so a search first looks through the newest blocks, where a common word is found at once, and asks the index for a
rare one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.ledger.search.rows import Keys, ToRead, alternatives, earlier, ids_between, place_of
from app.models.search_keys import LARGEST_DATA, Wanted

# A key may have 255 positions (PostgreSQL), and a tsvector 1 MB. A newest block with few events is added to.
MOST_IN_BLOCK, MOST_BYTES, FEW = 255, 400_000, 32
# Blocks that are looked through without the index, and with it: so many at once, and so many at most.
NEWEST, AT_ONCE, MOST_BLOCKS = 16, 40, 400
_MOST_LATE = 200_000

_NEW = text("select id from event where id > :last order by id limit :limit")
_LATE = text("select id from event where id > :low and id <= :last order by id desc limit :most")
_PLACES = text("select unnest(places) from event_search where place >= :low and lowest <= :high")
_READ = text("""
    select id, space_id, case when length(data) <= :largest then data end, object_id, project_id, actor_id
    from event where id = any(:ids) order by id
""")
_NEWEST_BLOCK = text("select place, places from event_search order by place desc limit 1")
_KEYS_IN = text("select lexeme, positions from event_search, unnest(keys) where place = :place")
_DELETE = text("delete from event_search where place = :place")
_INSERT = text(
    "insert into event_search (place, lowest, places, keys)"
    " values (:place, :lowest, cast(:places as int8[]), cast(:keys as tsvector))"
)
# A block goes once none of its events is left.
_REMOVE = text("""
    delete from event_search as block where place <= :highest and not exists (
      select 1 from event where id >= 'evt_' || lpad(to_hex(block.lowest), 16, '0')
      and id < 'evt_' || lpad(to_hex(block.place + 1), 16, '0') and id <> all(:ids))
""")
_MATCHING = """
    select place, places, (
      select string_agg(lexeme || ' ' || array_to_string(positions, ','), chr(10)) from unnest(keys)
      where lexeme = any(:wholes) or lexeme ^@ any(:beginnings)) as found
"""
_AMONG_NEWEST = text(f"""
    {_MATCHING} from (
      select * from event_search where place >= :low and lowest < :high order by place desc limit :blocks
    ) as newest where keys @@ cast(:wanted as tsquery) order by place desc
""")  # noqa: S608 (words of ours)
# The expression keeps the planner from reading backwards along the places until it has found enough.
_BY_KEYS = text(f"""
    {_MATCHING} from event_search
    where keys @@ cast(:wanted as tsquery) and place + 0 >= :low and lowest < :high and place + 0 < :before
    order by place + 0 desc limit :blocks
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
        for block in _blocks(sorted([*_taken_back(session), *rows])):
            places = [row.place for row in block]
            values = {"place": places[-1], "lowest": places[0], "places": places, "keys": _tsvector(block)}
            session.execute(_INSERT, values)

    def remove(self, session: Session, event_ids: Sequence[str]) -> None:
        """See `SearchIndex`."""
        places = [place for one in event_ids if (place := place_of(one)) is not None]
        if places:
            session.execute(_REMOVE, {"highest": max(places), "ids": list(event_ids)})

    def find(self, session: Session, tag: str, wanted: Wanted, low: int, high: int, limit: int) -> list[int]:
        """See `SearchIndex`. Of words that seldom stand together not all of the past is looked through."""
        search = _Search(wanted, tag, low, high)
        rows = session.execute(_AMONG_NEWEST, {**search.values, "blocks": NEWEST}).all()
        found = search.places_in(rows)
        if len(found) >= limit:
            return sorted(found, reverse=True)[:limit]
        found, before = [], 2**63 - 1
        for _ in range(MOST_BLOCKS // AT_ONCE):
            rows = session.execute(_BY_KEYS, {**search.values, "before": before, "blocks": AT_ONCE}).all()
            found += search.places_in(rows)
            if len(found) >= limit or len(rows) < AT_ONCE:
                break
            before = rows[-1].place
        return sorted(found, reverse=True)[:limit]

    def ids_at(self, session: Session, space_id: str, places: Sequence[int]) -> list[str]:
        """See `SearchIndex`."""
        lows, highs = zip(*map(ids_between, places), strict=True)
        values = {"lows": list(lows), "highs": list(highs), "space": space_id}
        return list(session.scalars(_IDS_AT, values))


class _Search:
    """What is looked for, and which events of a block have it."""

    def __init__(self, wanted: Wanted, tag: str, low: int, high: int) -> None:
        self._alternatives = alternatives(wanted, tag)
        self._low, self._high = low, high
        keys = [key for all_of in self._alternatives for key in all_of]
        self.values: dict[str, Any] = {
            "wanted": _tsquery(self._alternatives),
            "wholes": [key for key, whole in keys if whole],
            "beginnings": [key for key, whole in keys if not whole],
            "low": low,
            "high": high,
        }

    def places_in(self, blocks: Iterable[Row[Any]]) -> list[int]:
        """Places of the events that have it, highest first within each block."""
        return [place for block in blocks for place in sorted(self._places(block), reverse=True)]

    def _places(self, block: Row[Any]) -> set[int]:
        having = {
            key: set(map(int, positions.split(",")))
            for key, _space, positions in (
                line.rpartition(" ") for line in (block.found or "").split("\n") if line
            )
        }
        found: set[int] = set()
        for all_of in self._alternatives:
            found |= set.intersection(*(_positions(having, key, whole) for key, whole in all_of))
        places = {block.places[position - 1] for position in found}
        return {place for place in places if self._low <= place < self._high}


def _positions(having: dict[str, set[int]], wanted: str, whole: bool) -> set[int]:
    fits = (at for key, at in having.items() if key == wanted or (not whole and key.startswith(wanted)))
    return set().union(*fits)


def _taken_back(session: Session) -> list[Keys]:
    """The events of the newest block if it has few, which is then gone."""
    newest = session.execute(_NEWEST_BLOCK).first()
    if newest is None or len(newest.places) >= FEW:
        return []
    keys: dict[int, list[str]] = defaultdict(list)
    for key, positions in session.execute(_KEYS_IN, {"place": newest.place}):
        for position in positions:
            keys[position].append(key)
    session.execute(_DELETE, {"place": newest.place})
    return [Keys(place, keys[number]) for number, place in enumerate(newest.places, 1)]


def _blocks(rows: Sequence[Keys]) -> Iterator[list[Keys]]:
    """As many together as fit into a tsvector."""
    block: list[Keys] = []
    size = 0
    for row in rows:
        more = sum(len(key.encode()) + 8 for key in row.keys)
        if block and (len(block) == MOST_IN_BLOCK or size + more > MOST_BYTES):
            yield block
            block, size = [], 0
        block.append(row)
        size += more
    if block:
        yield block


def _tsvector(block: Sequence[Keys]) -> str:
    positions: dict[str, list[str]] = defaultdict(list)
    for number, row in enumerate(block, 1):
        for key in row.keys:
            positions[key].append(str(number))
    return " ".join(f"{_quoted(key)}:{','.join(at)}" for key, at in positions.items())


def _to_read(row: Row[Any]) -> ToRead:
    read = ToRead._make(row)
    return read._replace(data=bytes(read.data)) if read.data is not None else read


def _tsquery(any_of: Sequence[Sequence[tuple[str, bool]]]) -> str:
    return " | ".join(
        "(" + " & ".join(_quoted(key) + ("" if whole else ":*") for key, whole in all_of) + ")"
        for all_of in any_of
    )


def _quoted(key: str) -> str:
    return "'" + key.replace("\\", "\\\\").replace("'", "''") + "'"
