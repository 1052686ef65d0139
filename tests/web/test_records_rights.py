"""Who may do what with records: role by tool by page, own space and another's, generated from the routes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from app.catalogue import load_tools
from app.core.extensions import db
from app.models import RecordCounter, Role
from app.models.record import manage_permission, view_permission
from app.services import records, spaces
from tests.machine.record_stories import creating, play
from tests.web.people import Someone, somebody

pytestmark = pytest.mark.databases("sqlite")
# What a role may hold, and so which answers it gets.
ROLES: dict[str, list[str]] = {
    "sees_crm": [view_permission("crm")],
    "sells": [manage_permission("crm"), view_permission("tasks")],
    "plans": [manage_permission("tasks"), manage_permission("jobs")],
    "sees_webhooks": ["webhooks.view"],
}
KINDS = {tool.key: tool.kinds[0].key for tool in load_tools().values()}
# Kinds without stages, signatures or imports answer that there is no such page.
NOT_OF_ALL = ("board", "import", "upload", "start_import", "imports")


def routes(app: Flask) -> Iterator[tuple[str, Rule, str, str]]:
    """(tool, rule, method, permission) of every route of records that belongs to a tool."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("records.") and rule.endpoint != "records.index":
            method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
            yield rule.rule.split("/")[2], rule, method, app.view_functions[rule.endpoint].declared  # type: ignore[attr-defined]


def records_in(app: Flask, space_id: str, from_number: int) -> dict[str, str]:
    """One record of the first kind of each tool, by tool. Numbers begin behind `from_number`."""
    with app.test_request_context():
        for tool in load_tools().values():
            db.session.add_all(
                RecordCounter(space_id=space_id, kind=kind.key, last=from_number) for kind in tool.kinds
            )
        db.session.commit()

        def perform(_method: str, path: str, body: dict[str, object]) -> dict[str, object]:
            return records.as_shown(records.create(space_id, path.strip("/"), body))

        return {tool: str(play(creating(kind), perform)["id"]) for tool, kind in KINDS.items()}


@pytest.mark.parametrize("role", [*ROLES, "owner"])
def test_matrix(app: Flask, space_id: str, add_person: Callable[..., str], role: str) -> None:
    """Without the permission 403, whatever the id; with it never, and another space's record is 404."""
    with app.test_request_context():
        if role in ROLES:
            db.session.add(Role(space_id=space_id, key=role, name=role, permissions=ROLES[role]))
            db.session.commit()
        held = Role(key=role, permissions=ROLES.get(role, [])).held
        other_space = str(spaces.create_space("Elsewhere").id)
    own, other = records_in(app, space_id, 0), records_in(app, other_space, 1000)
    someone = somebody(app, add_person(role)).log_in()
    checked = 0
    for tool, rule, method, permission in sorted(routes(app), key=lambda one: "delete" in one[1].endpoint):
        name = rule.endpoint.removeprefix("records.").rpartition("_")[0]
        theirs = call(someone, rule, method, tool, other[tool])
        mine = call(someone, rule, method, tool, own[tool])
        checked += 1
        if permission not in held:
            assert {theirs, mine} == {403}, rule
            continue
        assert mine < 500 and mine != 403, rule
        if "record_id" in rule.arguments:
            assert theirs == 404, rule
            assert mine != 404 or name == "restore", rule
        elif name not in NOT_OF_ALL:
            assert mine in (200, 303, 422), rule
    assert checked > 100


def call(someone: Someone, rule: Rule, method: str, tool: str, record_id: str) -> int:
    names = {"kind": KINDS[tool], "record_id": record_id, "import_id": "imp_1"}
    path = rule.build({name: names[name] for name in rule.arguments})[1]  # type: ignore[index]
    return (someone.get if method == "GET" else someone.post)(path).status_code


def test_navigation_and_overview_follow_the_rights(
    app: Flask, space_id: str, add_person: Callable[..., str]
) -> None:
    """Who sees no record has no entry; who sees CRM alone finds CRM alone."""
    with app.test_request_context():
        for role, permissions in ROLES.items():
            db.session.add(Role(space_id=space_id, key=role, name=role, permissions=permissions))
        db.session.commit()
    nobody = somebody(app, add_person("sees_webhooks")).log_in()
    assert 'href="/records"' not in nobody.get("/webhooks").text
    assert nobody.get("/records").status_code == 403
    seller = somebody(app, add_person("sees_crm", email="crm@example.com")).log_in()
    page = seller.get("/records").text
    assert 'href="/records/crm/lead"' in page
    assert 'href="/records/tasks/task"' not in page
    assert "/records/crm/lead/new" not in seller.get("/records/crm/lead").text
