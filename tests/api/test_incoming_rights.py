"""Every call by what the person may do: rights, tools, methods and entities, generated from the registries (D3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.catalogue import RecordKind, load_kinds
from app.models import IncomingWebhook
from app.models.permission import ALL
from app.models.record import manage_permission, view_permission
from app.services import api_keys
from app.services.incoming.admission import NotAdmitted, allow
from app.services.incoming.record_calls import COLLECTION, ITEM, ITEM_STAGE, METHODS, place_at
from app.services.incoming.rights import Caller
from app.services.incoming.tools import EVENTS, tools
from tests.api.conftest import caller_in
from tests.api.incoming import DENIED, OtherSystem, give_permissions, other_system

pytestmark = pytest.mark.databases("sqlite")


def calls_of(kind: RecordKind) -> Iterator[tuple[str, str]]:
    """Every method and path of a kind."""
    base = f"/{kind.tool}/v1/{kind.path}"
    for shape, path in ((COLLECTION, base), (ITEM, f"{base}/1"), (ITEM_STAGE, f"{base}/1/stage")):
        for method in METHODS[shape]:
            yield method, path


def is_let_in(system: OtherSystem, method: str, path: str) -> bool:
    """True unless the answer is S0's to a missing right. What comes of the call is another test's business."""
    answer = system(method, path, {} if method in ("POST", "PATCH") else None)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 403:
        assert answer.json == DENIED
    return answer.status_code != 403


EVERYTHING = [(kind, method, path) for kind in load_kinds().values() for method, path in calls_of(kind)]
TOOLS = sorted({kind.tool for kind, _method, _path in EVERYTHING})
OWN_RIGHTS = {tool: (view_permission(tool), manage_permission(tool)) for tool in TOOLS}


def admitted(permissions: Iterable[str], method: str, path: str, **settings: Any) -> bool:
    """What the one place decides that decides it, for a path as it comes in."""
    values = {"tools": list(tools()), "methods": [], "read_only": False, "active": True, "networks": []}
    webhook = IncomingWebhook(id="inw_1", space_id="spc_1", name="W", **{**values, **settings})
    tool, _version, rest = path.removeprefix("/").split("/", 2)
    assert method in place_at(tool, rest).methods
    try:
        allow(Caller(webhook, True, frozenset(permissions), False), tools()[tool], method)
    except NotAdmitted:
        return False
    return True


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("right", ["none", "view", "manage", "both", "all but its own"])
def test_rights_of_the_person_by_tool_method_and_entity(tool: str, right: str) -> None:
    """The webhook may use all tools; the person has rights of one tool, or every one but those of it."""
    view, manage = OWN_RIGHTS[tool]
    held = {
        "none": (),
        "view": (view,),
        "manage": (manage, view),  # as a role holds it: managing brings looking along
        "both": (view, manage),
        "all but its own": tuple(one for one in ALL if one not in OWN_RIGHTS[tool]),
    }[right]
    for kind, method, path in EVERYTHING:
        own, reads = kind.tool == tool, method == "GET"
        wanted = {"none": False, "view": own and reads, "all but its own": not own}.get(right, own)
        assert admitted(held, method, path) is wanted, (tool, right, method, path)


@pytest.mark.parametrize("granted", TOOLS)
@pytest.mark.parametrize(
    "limits", [{}, {"read_only": True}, {"methods": ["GET"]}, {"methods": ["POST", "DELETE"]}]
)
def test_tools_and_methods_of_the_webhook_by_entity(granted: str, limits: dict[str, Any]) -> None:
    """The person may do everything; the webhook may use one tool, with some methods."""
    methods = ["GET"] if "read_only" in limits else limits.get("methods")
    for kind, method, path in EVERYTHING:
        wanted = kind.tool == granted and (methods is None or method in methods)
        assert admitted(ALL, method, path, tools=[granted], **limits) is wanted, (granted, method, path)


def test_every_call_of_every_entity_asks(app: Flask, space_id: str) -> None:
    """By HTTP: denied without the right of its tool, let in with it."""
    system = other_system(app, space_id, *tools())
    give_permissions(system)
    assert [path for _kind, method, path in EVERYTHING if is_let_in(system, method, path)] == []
    give_permissions(system, *(right for rights in OWN_RIGHTS.values() for right in rights))
    assert [path for _kind, method, path in EVERYTHING if not is_let_in(system, method, path)] == []


def test_publishing_needs_its_own_right(app: Flask, space_id: str) -> None:
    system = other_system(app, space_id, EVENTS)
    give_permissions(system, *(one for one in ALL if one != "events.publish"))
    assert not is_let_in(system, "POST", "/events/v1/lead.created")
    give_permissions(system, "events.publish")
    assert is_let_in(system, "POST", "/events/v1/lead.created")


def test_a_key_of_the_command_line_acts_for_itself_until_it_is_revoked(app: Flask, space_id: str) -> None:
    call = caller_in(app, space_id, "incoming:write")
    made = call("POST", "/incoming-webhooks", {"name": "Shop", "tools": ["crm"]}).json
    system = OtherSystem(app.test_client(), made["id"], made["address"].removeprefix("http://localhost"))
    assert system("POST", "/crm/v1/entities/lead", {"title": "Lead"}).status_code == 201
    with app.test_request_context():
        api_keys.revoke_key(space_id, api_keys.list_keys(space_id)[0].id)
    assert system("GET", "/crm/v1/entities/lead").json == DENIED
