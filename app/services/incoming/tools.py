"""The tools that an incoming webhook may use: those of the records here, and Events (D7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from app.catalogue import load_tools
from app.core.errors import NotFound
from app.models.permission import PUBLISH_EVENTS
from app.models.record import manage_permission, view_permission

EVENTS = "events"
VERSION = "v1"


@dataclass(frozen=True, slots=True)
class IncomingTool:
    """`title`: in English, to be translated. view, manage: what the person behind the address must be allowed."""

    key: str
    title: str
    view: str
    manage: str

    def needed(self, reads: bool) -> str:
        """The permission for a call that reads, or changes something."""
        return self.view if reads else self.manage


@cache
def tools() -> Mapping[str, IncomingTool]:
    """Every tool by its key, which is the first part of the path below an address."""
    known = {
        key: IncomingTool(key, str(tool.title), view_permission(key), manage_permission(key))
        for key, tool in load_tools().items()
    }
    return known | {EVENTS: IncomingTool(EVENTS, "Events", PUBLISH_EVENTS, PUBLISH_EVENTS)}


def tool_at(path: str) -> tuple[IncomingTool, str]:
    """The tool that a path below an address begins with, and what follows its version. Raises `NotFound`."""
    key, _slash, below = path.partition("/")
    version, _slash, rest = below.partition("/")
    tool = tools().get(key)
    if tool is None or version != VERSION or not rest:
        raise NotFound
    return tool, rest
