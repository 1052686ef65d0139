"""What lists need of a record: its name, its stage, whose it is, and the text that it is found by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.catalogue import RecordKind
from app.models import Record

LABEL, SORT, SEARCH = 200, 100, 300
# What people look a record up by. Descriptions are not searched: a list is found by names, numbers and addresses.
_SEARCHED = ("line", "email", "url", "rows", "group", "card", "links", "words", "amount")
_TAG = re.compile(r"<[^<>]*>")


def describe(record: Record, kind: RecordKind, values: Mapping[str, Any]) -> None:
    """Set the columns of the record that follow from its values."""
    record.label = label_of(kind, values)[:LABEL]
    record.sort_name = record.label.casefold()[:SORT]
    record.stage = _column(values, kind.stages.field if kind.stages else None)
    record.owner = _owner(kind, values)
    texts = [record.own_id, record.label, *_texts(kind, values)]
    record.search_text = storable(" ".join(dict.fromkeys(texts))).casefold()[:SEARCH]


def label_of(kind: RecordKind, values: Mapping[str, Any]) -> str:
    """What the record is called: the first of its naming fields that has a text. Empty if none has."""
    for names in kind.label:
        parts = (str(values.get(name) or "") for name in names.split())
        text = storable(" ".join(" ".join(part for part in parts if part).split()))
        if kind.fields[names.split()[0]].type == "html":
            text = " ".join(plain(text).split())
        if text:
            return text
    return ""


def plain(html: str) -> str:
    """The text of a piece of HTML, for names in lists. Never for anything that is shown as HTML."""
    return _TAG.sub(" ", html)


def storable(text: str) -> str:
    """Without NUL, which PostgreSQL's text does not take."""
    return text.replace("\0", "")


def owner_key(value: Any) -> str | None:
    """Whose a record is, as text: the number alone, of `12`, `"12"` and `{"id": "usr_12"}` alike."""
    found = value.get("id") if isinstance(value, dict) else value
    return storable(str(found).rpartition("_")[2])[:80] if found not in (None, "") else None


def _owner(kind: RecordKind, values: Mapping[str, Any]) -> str | None:
    return owner_key(values.get(kind.owner_field)) if kind.owner_field else None


def _column(values: Mapping[str, Any], name: str | None) -> str | None:
    value = values.get(name) if name else None
    return None if value in (None, "") else str(value)


def _texts(kind: RecordKind, values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        if kind.fields[name].type in _SEARCHED:
            yield from _inside(value)


def _inside(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value[:100]
    elif isinstance(value, dict):
        yield from (inner[:100] for inner in value.values() if isinstance(inner, str))
    elif isinstance(value, list):
        for one in value[:5]:
            yield from _inside(one)
