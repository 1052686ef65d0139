"""Pages by their names. The dashboard says which there are: it alone knows its navigation."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import current_app

from app.models.comparing import folded

EXTENSION = "named_pages"


class NamedPage(NamedTuple):
    """A page: the endpoint, which is its id, its name in the language of the request, and the permission it needs."""

    endpoint: str
    title: str
    permission: str


def find_pages(typed: str, allowed: Callable[[str], bool]) -> list[NamedPage]:
    """The pages whose name has what was typed in it, of those whose permission is `allowed`."""
    wanted = folded(typed.strip())
    if not wanted:
        return []
    pages: list[NamedPage] = current_app.extensions[EXTENSION]()
    return [page for page in pages if wanted in folded(page.title) and allowed(page.permission)]
