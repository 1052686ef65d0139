"""A filled-in call for each tool: copied and run as it is, it works."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.catalogue import load_tools
from app.models import IncomingWebhook
from app.services.incoming.tools import EVENTS
from app.web.incoming.words import tool_title

JSON = "Content-Type: application/json"
# The path of each tool's first kind, and what the articles put into a new one.
_NEW: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "crm": ("crm/v1/entities/lead", {"title": "Lead", "comments": "qwerty"}),
    "tasks": ("tasks/v1/tasks", {"title": "Task", "priority": "veryHigh"}),
}


class Example(NamedTuple):
    """tool: its key. what: what it does, in words. command: for a shell."""

    tool: str
    title: str
    what: str
    command: str


def examples_of(webhook: IncomingWebhook, address: str) -> list[Example]:
    """One for each tool that the incoming webhook may use."""
    return [_example(webhook, key, address) for key in webhook.tools]


def _example(webhook: IncomingWebhook, key: str, address: str) -> Example:
    title = tool_title(key)
    if key == EVENTS:
        data = {"id": 4711, "email": "ada@example.com"}
        command = _post(f"{address}/events/v1/lead.created", data)
        return Example(key, title, _("Publish the event lead.created"), command)
    if key in _NEW and webhook.takes("POST"):
        path, values = _NEW[key]
        what = _("Create a lead") if key == "crm" else _("Create a task")
        return Example(key, title, what, _post(f"{address}/{path}", values))
    return Example(key, title, _("List what there is"), f"curl {shlex.quote(f'{address}/{_list_path(key)}')}")


def _list_path(key: str) -> str:
    return f"{key}/v1/{load_tools()[key].kinds[0].path}"


def _post(address: str, values: Mapping[str, Any]) -> str:
    body = shlex.quote(json.dumps(values))
    return f"curl {shlex.quote(address)} \\\n  -H {shlex.quote(JSON)} \\\n  -d {body}"
