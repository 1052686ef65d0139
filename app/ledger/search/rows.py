"""What goes into the index and comes out of it."""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

from app.models.search_keys import Wanted, keys_of

# An event's place: the first 64 of the 112 bits of its id, the time in milliseconds and most of the nanoseconds behind
# it. Places are in the order of ids. Two events seldom share one; then both are looked at.
_DIGITS, _BITS_BELOW_MS = 16, 16
_HIGHEST_MS = 2**47 - 1
_ID = re.compile(r"evt_[0-7][0-9a-f]{15,35}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TAG_LENGTH = 3


class ToRead(NamedTuple):
    """An event whose keys are to be taken. `data` None: it is too long to have keys."""

    id: str
    space_id: str
    data: bytes | None
    object_id: str | None
    project_id: str | None
    actor_id: str | None


class Keys(NamedTuple):
    """The keys of an event, each with the tag of its space."""

    place: int
    keys: list[str]


def keys_of_event(event: ToRead) -> Keys | None:
    """None for an event whose id is not ours. There may be no keys."""
    place, tag = place_of(event.id), tag_of(event.space_id)
    if place is None:
        return None
    keys = keys_of(event.data, event.object_id, event.project_id, event.actor_id)
    return Keys(place, [tag + key for key in keys])


def place_of(event_id: str) -> int | None:
    """Where an event stands; None for an id that is not ours."""
    return int(event_id[4 : 4 + _DIGITS], 16) if _ID.fullmatch(event_id) else None


def ids_between(place: int) -> tuple[str, str]:
    """Events of this place have ids from the first to before the second."""
    return f"evt_{place:0{_DIGITS}x}", f"evt_{place + 1:0{_DIGITS}x}"


def moment_of(event_id: str) -> int:
    """When an id was made, in milliseconds since 1970; 0 for one that is not ours."""
    return (place_of(event_id) or 0) >> _BITS_BELOW_MS


def first_place_at(moment_ms: int) -> int:
    """The lowest place of a moment."""
    return max(0, min(moment_ms, _HIGHEST_MS)) << _BITS_BELOW_MS


def earlier(event_id: str, by_ms: int) -> str:
    """Where ids begin that were made so much earlier; the id itself if it is not ours."""
    place = place_of(event_id)
    return event_id if place is None else ids_between(max(0, place - (by_ms << _BITS_BELOW_MS)))[0]


def tag_of(space_id: str) -> str:
    """What keys of a space begin with. Few spaces share one; whoever searches looks whose an event is."""
    number = int.from_bytes(hashlib.blake2s(space_id.encode(), digest_size=4).digest(), "big")
    return "".join(_LETTERS[(number >> 5 * n) & 31] for n in range(_TAG_LENGTH))


def alternatives(wanted: Wanted, tag: str) -> list[list[tuple[str, bool]]]:
    """Any of these lists of keys will do, of which all must be there; True: the key itself and not its beginning."""
    words = [[(tag + word, whole) for word, whole in wanted.words]] if wanted.words else []
    return words + [[(tag + key, True)] for key in wanted.others]
