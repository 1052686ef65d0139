"""Addresses that carry the space: `/s/{space}/...` for people, `/portal/{space}/...` for who came by a portal link.

What stands before the page's own path becomes the SCRIPT_NAME of the request (PEP 3333), which is made for that: the
routes do not know of it, and every address that they make carries it. Why so: docs/decisions/spaces-in-addresses.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

PEOPLE, PORTAL = "s", "portal"
KEY = "hookdesk.space_path"

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

# Programs name no space in an address: their key does, or a header.
_CARRIES = re.compile(r"(/(s|portal)/(spc_[0-9a-f]{12,36}))(/(?!api/).*|$)", re.DOTALL)


class SpacePath(NamedTuple):
    """A path that carries a space. `prefix`: `/s/spc_...`; `rest`: the page's own path."""

    prefix: str
    kind: str
    space_id: str
    rest: str


def split(path: str) -> SpacePath | None:
    """The parts of a path; None if it carries no space."""
    found = _CARRIES.fullmatch(path)
    return SpacePath(found[1], found[2], found[3], found[4] or "/") if found else None


def prefix_of(space_id: str, kind: str = PEOPLE) -> str:
    """What stands before the addresses of a space."""
    return f"/{kind}/{space_id}"


class CarriedSpace:
    """WSGI: takes the space out of the path, and keeps it in the environment under `KEY`."""

    def __init__(self, inner: Wsgi) -> None:
        """`inner`: the application."""
        self._inner = inner

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""
        carried = split(environ.get("PATH_INFO", ""))
        if carried is not None:
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + carried.prefix
            environ["PATH_INFO"] = carried.rest
            environ[KEY] = carried
        return self._inner(environ, start_response)
