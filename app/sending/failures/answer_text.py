"""Bytes of an answer as text and as JSON: by the charset that it declares, a byte order mark left out.

Only encodings of the web are taken (WHATWG's list, by Python's names): Python's own ones (`idna`, `unicode_escape`)
cost more than linear time or mean nothing to a browser.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import orjson

Headers = Iterable[tuple[str, str]]

_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
# HTML and XML may declare it within their first kilobyte (WHATWG: 1,024 bytes).
_DECLARED_INSIDE = re.compile(
    rb"(?:<meta[^>]{0,200}?charset\s*=\s*|<\?xml[^>]{0,100}?encoding\s*=\s*)[\"']?([A-Za-z0-9._:-]{1,40})",
    re.IGNORECASE,
)
_INSIDE_REACH = 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_USED = frozenset(
    [
        *(f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16)),
        *(f"cp{number}" for number in (866, 874, *range(1250, 1259), 932, 949)),
        *("utf-8", "utf-16", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic"),
        *("gbk", "gb2312", "gb18030", "big5", "big5hkscs", "euc_jp", "shift_jis", "iso2022_jp", "euc_kr"),
    ]
)


def text_of(headers: Headers, body: bytes) -> str:
    """The body as text. What its encoding does not know becomes U+FFFD; a character cut off at the end is left out."""
    encoding, start = _encoding(headers, body)
    return codecs.getincrementaldecoder(encoding)("replace").decode(body[start:])


def json_of(headers: Headers, body: bytes) -> Any:
    """The JSON in a body. Raises ValueError if it is none."""
    encoding, start = _encoding(headers, body)
    raw = body[start:].strip() if encoding == "utf-8" else body[start:].decode(encoding).strip().encode()
    return orjson.loads(raw)


def _encoding(headers: Headers, body: bytes) -> tuple[str, int]:
    """The encoding, and where the text begins: a mark is surer than a header, and that than the text itself."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding, len(mark)
    content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    if declared := _CHARSET.search(content_type):
        return _known(declared[1]), 0
    inside = _DECLARED_INSIDE.search(body[:_INSIDE_REACH])
    return _known(inside[1].decode("ascii")) if inside else "utf-8", 0


@lru_cache(maxsize=256)
def _known(label: str) -> str:
    """Python's name of an encoding; UTF-8 for one that the web does not use. Browsers read Latin-1 as Windows-1252."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "utf-8"
    if name in ("iso8859-1", "ascii"):
        return "cp1252"
    return name if name in _USED else "utf-8"
