"""Which event did they mean? Finds keys like one that does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

# Everyone has another word for the same four actions; the articles alone use three for "changed".
SAME_WORD = {
    **dict.fromkeys(("create", "new", "add", "added", "post", "insert"), "created"),
    **dict.fromkeys(("update", "updated", "change", "edit", "edited", "modified"), "changed"),
    **dict.fromkeys(("delete", "remove", "removed", "destroy", "destroyed"), "deleted"),
    **dict.fromkeys(("complete", "close", "closed", "done", "finished"), "completed"),
    "reopen": "reopened",
    "sign": "signed",
    "assign": "assigned",
}
ENOUGH = 0.6
LONGEST = 200  # nobody means a longer one, and comparing costs time for every letter


def nearest_keys(wanted: str, keys: Iterable[str], count: int = 3) -> list[str]:
    """Return at most `count` keys like `wanted`, the likeliest first; none if nothing is like it."""
    scored = sorted((-_likeness(wanted[:LONGEST], key), key) for key in keys)
    return [key for score, key in scored if -score >= ENOUGH][:count]


def _likeness(wanted: str, key: str) -> float:
    """1 for the same; words in another order or another word for the same action come close to it."""
    by_letters = SequenceMatcher(None, wanted.casefold(), key).ratio()
    words, key_words = _words(wanted), _words(key)
    by_words = SequenceMatcher(None, " ".join(words), " ".join(key_words)).ratio()
    contained = ENOUGH if words and set(words) <= set(key_words) else 0.0
    return max(0.4 * by_letters + 0.6 * by_words, contained)


def _words(key: str) -> list[str]:
    return sorted(SAME_WORD.get(word, word) for word in re.findall(r"[a-z0-9]+", key.casefold()))
