"""The space in the address of the present request (`core.space_path`)."""

from __future__ import annotations

from flask import g, has_request_context, request
from flask_login import current_user

from app.core.space_path import KEY, PORTAL, SpacePath, prefix_of, split


def carried_space() -> SpacePath | None:
    """What the address says of the space; None: nothing."""
    found: SpacePath | None = request.environ.get(KEY) if has_request_context() else None
    return found


def in_portal() -> bool:
    """True if the address is one of a portal."""
    carried = carried_space()
    return carried is not None and carried.kind == PORTAL


def without_space(address: str) -> str:
    """A path and query of ours as it is without the space."""
    carried = split(address)
    return carried.rest if carried else address


def leave_space() -> None:
    """From now on, within this request, every address that is made carries no space."""
    g.outside_space = True


def with_space() -> str | None:
    """Where a page without a space in its address leads on to; None: it is one with it, or no page in a tab.

    Browsers say that they load a page into a tab (Fetch Metadata). What does not say so is answered in the space that
    its person was in last.
    """
    headers = request.headers
    loads = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    if not loads or request.method != "GET" or request.script_root:
        return None
    return (prefix_of(current_user.space.id) + request.full_path).rstrip("?")
