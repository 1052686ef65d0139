"""Search keys: the words by which an event is found, taken from its data and from what somebody types (C6).

A key is a word as it stands between white space, folded (`comparing.folded`): an id, an e-mail address, a name, any
short value. Words inside of it have keys too, so that "lovelace" finds ada.lovelace@example.com; a search finds the
beginnings of words. Of a telephone number its last digits are the key, because it is spelt in a hundred ways; of a time
its day. Long texts have none. A stranger writes the data, so that all of it is bounded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.exact_json import stored
from app.models.comparing import folded

# Longer data, longer texts and longer words have no keys; an event has no more keys than this.
LARGEST_DATA = 64 * 1024
_LONGEST_TEXT, _LONGEST_KEY = 100, 64
_MOST_KEYS, _MOST_LOOKS = 64, 2_000
_MOST_WORDS = 8
# Shorter beginnings of words are taken for whole words: half of all events have a word that begins with "a".
_SHORTEST_BEGINNING = 3

_UNSEEN = re.compile(r"[^\S ]|['’\"\0]")
_EDGES = ".,;:!?()[]{}<>«»“”„…"
_WORD_INSIDE = re.compile(r"[^\W\d_]{3,}")
_HEXADECIMAL = re.compile(r"[0-9a-f-]{16,}")
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[t ][0-9:.,]+(?:z|[+-][0-9:]+)?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_PHONE = re.compile(r"\+?[0-9 ().\-/\u00a0]{7,24}", re.ASCII)
_DIGITS_OF_PHONE = range(7, 16)
# Countries write 0 or their own code before the last nine digits; the shortest numbers have seven.
_PHONE_KEY, _SHORT_PHONE_KEY = 9, 7


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for: events that have all of the `words` (`whole`: or the word itself, else its
    beginning), or one of the `others`. `wider`: keys to look for if there is none."""

    words: tuple[tuple[str, bool], ...] = ()
    others: tuple[str, ...] = ()
    wider: tuple[str, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.words or self.others)


def keys_of(data: bytes | None, *names: str | None) -> list[str]:
    """The keys of an event: of its data (JSON; None if it is too long) and of its `names`, each once."""
    found: dict[str, None] = {}
    for name in names:
        if name:
            found.update(dict.fromkeys(_keys_of_text(name)))
    for value in _values(stored(data) if data is not None else None):
        found.update(dict.fromkeys(_keys_of_value(value)))
        if len(found) >= _MOST_KEYS:
            break
    return list(found)[:_MOST_KEYS]


def wanted_by(typed: str) -> Wanted:
    """What somebody looks for who typed this; false if nothing can be found by it."""
    text = _clean(typed)
    if not text or len(text) > _LONGEST_TEXT:
        return Wanted()
    if digits := _phone(text):
        return _wanted_phone(text, digits)
    if moment := _MOMENT.fullmatch(text):
        return Wanted(((moment[1], True),))
    words = list(dict.fromkeys(_words(text)))[:_MOST_WORDS]
    return Wanted(tuple((word, _is_whole(word)) for word in words))


def whole_words(wanted: Wanted) -> Wanted:
    """The same without beginnings of words."""
    return replace(wanted, words=tuple((word, True) for word, _whole in wanted.words))


def _wanted_phone(text: str, digits: str) -> Wanted:
    wider = (_phone_key(digits[-_SHORT_PHONE_KEY:]),) if len(digits) >= _PHONE_KEY else ()
    words = tuple((word, _is_whole(word)) for word in _words(text)[:_MOST_WORDS])
    return Wanted(words, (_phone_key(digits), digits), wider)


def _is_whole(word: str) -> bool:
    return word.isascii() and len(word) < _SHORTEST_BEGINNING


def _values(data: Any) -> Iterator[Any]:
    """Scalars, those that stand on top first, within a budget."""
    waiting, looks = deque([data]), 0
    while waiting and looks < _MOST_LOOKS:
        looks += 1
        value = waiting.popleft()
        if isinstance(value, dict):
            waiting.extend(list(value.values())[:_MOST_LOOKS])
        elif isinstance(value, list):
            waiting.extend(value[:_MOST_LOOKS])
        elif value is not None and not isinstance(value, bool):
            yield value


def _keys_of_value(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return _keys_of_text(value)
    written = str(value)
    return [written] if 1 < len(written) <= _LONGEST_KEY else []


def _keys_of_text(text: str) -> list[str]:
    if len(text) > _LONGEST_TEXT or not (text := _clean(text)):
        return []
    if moment := _MOMENT.fullmatch(text):
        return [moment[1]]
    digits = _phone(text)
    if digits and " " in text:
        return [_phone_key(digits)]
    words = _words(text)
    inside = [inner for word in words for inner in _words_inside(word)]
    return [*words, *inside, *([_phone_key(digits)] if digits else ())]


def _clean(text: str) -> str:
    """As it is compared: without quotation marks and what cannot be seen, one space for any white space."""
    seen = folded(_UNSEEN.sub(lambda found: "" if found[0] in "'’\"\0" else " ", text[: 4 * _LONGEST_TEXT]))
    return " ".join("".join(c if c.isprintable() else " " for c in seen).split())


def _words(text: str) -> list[str]:
    found = (word.strip(_EDGES) for word in text.split())
    return [word for word in found if _can_be_key(word)]


def _can_be_key(word: str) -> bool:
    return len(word) <= _LONGEST_KEY and (len(word) > 1 or (len(word) == 1 and not word.isascii()))


def _words_inside(word: str) -> list[str]:
    """Names inside of an e-mail address or a word with hyphens; nothing of a web address or of hexadecimal digits."""
    if word.isalnum() or "://" in word or _HEXADECIMAL.fullmatch(word):
        return []
    name, at, host = word.rpartition("@")
    return _WORD_INSIDE.findall(f"{name} {host.rpartition('.')[0]}" if at else word)


def _phone(text: str) -> str:
    """The digits of a telephone number; empty for other texts. Digits alone have to be as many as one has abroad."""
    if not _PHONE.fullmatch(text) or _DAY.match(text):
        return ""
    digits = "".join(c for c in text if c.isdigit())
    enough = _DIGITS_OF_PHONE if digits != text else range(_PHONE_KEY, _DIGITS_OF_PHONE.stop)
    return digits if len(digits) in enough else ""


def _phone_key(digits: str) -> str:
    """The last digits: nine, or seven of a short number, which no country code may stand before."""
    return f"#{digits[-(_PHONE_KEY if len(digits) >= _PHONE_KEY else _SHORT_PHONE_KEY) :]}"
