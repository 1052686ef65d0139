"""What answers say of what a search found."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11


class FoundOut(TypedDict):
    """Something that was found. `id` of a page: its stable name. `url`: its page in the dashboard."""

    kind: Literal["event", "webhook", "page"]
    id: str
    title: str
    url: str


class SearchOut(TypedDict):
    """Webhooks and pages first, because there are few of them; then events, newest first."""

    data: list[FoundOut]
