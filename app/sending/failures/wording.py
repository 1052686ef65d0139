"""Put facts into sentences: clean them, count them, choose the wording that they suffice for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

Wordings = str | tuple[str, ...]
Translate = Callable[[str], str]

LONGEST_FACT = 120

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_COUNTS = ("n", "m", "seconds", "days")
_HIDDEN_CATEGORIES = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")


def say(wordings: Wordings, texts: Mapping[str, str], gettext: Translate = str) -> str:
    """Say the first wording whose {facts} are all known, translated; the last one, if none is.

    wordings: from the fullest to the plainest. gettext is given the wording as it stands in the code.
    """
    for wording in (wordings,) if isinstance(wordings, str) else wordings:
        if all(name in texts for name in _PLACEHOLDER.findall(wording)):
            break
    # One pass, no str.format: braces in a value or in {"status":"OK"} stay what they are.
    return _PLACEHOLDER.sub(lambda name: texts.get(name[1], ""), gettext(wording))


def as_texts(facts: Mapping[str, object]) -> dict[str, str]:
    """The facts as clean text, unknown ones left out. 0 is nothing to tell, so it is left out too.

    A count of 1 is called `<name>_one`, so that a wording can be in the singular.
    """
    texts = {name: one_line(str(value)) for name, value in facts.items() if value not in (None, "", 0)}
    for count in _COUNTS:
        if texts.get(count) == "1":
            texts[f"{count}_one"] = texts.pop(count)
    return texts


def one_line(text: str, longest: int = LONGEST_FACT) -> str:
    """Text of strangers, fit for a sentence: one line, no control or direction characters, shortened."""
    # Cut first: what is shown needs no more, and an answer may be 64 KiB.
    start = "".join(" " if _is_hidden(letter) else letter for letter in text[: longest * 8])
    line = " ".join(start.split()).replace('"', "'")  # a quote must not end its own quotation
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def human_size(size: int) -> str:
    """A number of bytes in words: 512 bytes, 1.5 kB, 2 MB (1 kB is 1,000 bytes)."""
    if size < 1000:
        return "1 byte" if size == 1 else f"{size} bytes"
    amount, unit = (size / 1e3, "kB") if size < 999_950 else (size / 1e6, "MB")
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in _HIDDEN_CATEGORIES
