"""Rows for the pages and answers that the walk of the canaries opens, and which row each address is about."""

from __future__ import annotations

import html
import re
import time

from werkzeug.routing import Rule

from app.catalogue import RecordKind, load_tools
from tests.e2e.canary_space import Space
from tests.machine.record_stories import NEW

SOURCE_SECRET = "canary-source-secret"
# Of each tool the kind whose pages are opened.
KINDS = {tool.key: tool.kinds[0] for tool in load_tools().values()}
CSV = b"Title\nRooftop solar\n"


def make_places(space: Space, webhook_id: str) -> dict[str, str]:
    """An incoming webhook with a source, a check, a developers' link, an import, an incident; by the names of ids."""
    page = html.unescape(space.submit("/event-types/link", {}))
    developers = re.search(r"/developers/([\w-]+)", page)
    check = space.call("POST", f"/webhooks/{webhook_id}/checks")
    assert developers
    return {
        "developers_token": developers[1],
        "check_id": check["id"],
        "import_id": _import(space),
        "incident_id": _incident(space),
        **_incoming(space),
    }


def make_records(space: Space) -> dict[str, str]:
    """A record of one kind of each tool, by the kind."""
    return {
        kind.key: str(space.call("POST", f"/records/{kind.key}", NEW[kind.key])["id"])
        for kind in KINDS.values()
    }


def _incoming(space: Space) -> dict[str, str]:
    page = space.submit("/incoming/new", {"name": "Website form", "tools": ["events"]})
    shown, address = re.search(r"/incoming/(\w+)/", page), re.search(r"/in/([\w-]+)", page)
    assert shown and address
    space.generated["address of an incoming webhook"] = address[1]
    space.browser.get(f"{space.running.url}/in/{address[1]}/nothing", timeout=20)
    source = {"key": "github", "preset": "github", "secret": SOURCE_SECRET, "becomes": "later"}
    page = space.submit(f"/incoming/{shown[1]}/sources/new", source)
    found = re.search(rf"/incoming/{shown[1]}/sources/(?!new)(\w+)", page)
    assert found
    return {"incoming_webhook_id": shown[1], "source_id": found[1]}


def _import(space: Space) -> str:
    page = space.submit("/records/crm/lead/import", {}, {"file": ("leads.csv", CSV, "text/csv")})
    found = re.search(r"/records/crm/lead/import/(\w+)", page)
    assert found
    return found[1]


def _incident(space: Space) -> str:
    """Of the webhook "Failing", which alone hears of deals."""
    for number in range(3):
        space.call("POST", "/events", {"type": "deal.created", "data": {"id": number}})
    for _ in range(150):
        if found := space.call("GET", "/incidents")["data"]:
            return str(found[0]["id"])
        time.sleep(0.2)
    raise AssertionError("no incident of what failed three times")


def has_page(rule: Rule) -> bool:
    """False for the board and the import of a kind that has none."""
    kind = _kind(rule)
    if kind is None:
        return True
    name = rule.endpoint.partition(".")[2].partition("_")[0]
    return {"board": kind.stages is not None, "imports": kind.importable, "import": kind.importable}.get(
        name, True
    )


def values_of(rule: Rule, ids: dict[str, str], records: dict[str, str]) -> dict[str, str]:
    """What stands in the address of this route."""
    if rule.endpoint.startswith("developers."):
        return {**ids, "token": ids["developers_token"]}
    if rule.endpoint == "problem":
        return {"kind": "not-found"}
    if (kind := _kind(rule)) is not None:
        return {**ids, "kind": kind.key, "record_id": records[kind.key]}
    return {**ids, "kind": "lead", "record_id": records["lead"]}


def _kind(rule: Rule) -> RecordKind | None:
    """Of whose records it is a page; None of none."""
    blueprint, _, name = rule.endpoint.partition(".")
    return KINDS.get(name.rpartition("_")[2]) if blueprint == "records" else None
