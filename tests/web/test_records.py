"""Records at the dashboard (D5): every kind listed, created, edited, moved, deleted and brought back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.catalogue import Tool, load_kinds, load_tools
from app.services import records
from tests.machine.record_stories import creating, play
from tests.web.conftest import Visitor
from tests.web.forms import form_in

pytestmark = pytest.mark.databases("sqlite")


@pytest.fixture
def new_record(app: Flask, space_id: str) -> Callable[..., str]:
    """Makes a record and what it needs, and returns its id."""

    def make(kind: str, **more: Any) -> str:
        def perform(_method: str, path: str, body: Any) -> Any:
            of = path.strip("/")
            return records.as_shown(records.create(space_id, of, {**body, **(more if of == kind else {})}))

        with app.test_request_context():
            return str(play(creating(kind), perform)["id"])

    return make


@pytest.mark.parametrize("tool", load_tools().values(), ids=lambda tool: tool.key)
def test_every_kind_has_its_pages(admin: Visitor, new_record: Callable[..., str], tool: Tool) -> None:
    """List, form, record, delete, undo, board: the same pages for all kinds."""
    for kind in tool.kinds:
        base, own_id = f"/records/{tool.key}/{kind.key}", new_record(kind.key)
        shown = f'href="{base}/{own_id}"'
        assert f'href="{base}"' in admin.get("/records").text
        for page in ("/new", f"/{own_id}", f"/{own_id}/edit", f"/{own_id}/delete"):
            assert admin.get(base + page).status_code == 200, page
        assert shown in admin.get(base).text
        assert admin.get(f"{base}/board").status_code == (200 if kind.stages else 404)
        assert admin.post(f"{base}/{own_id}/delete").status_code == 303
        assert "This record is deleted." in admin.get(f"{base}/{own_id}").text
        assert admin.get(f"{base}/{own_id}/edit").status_code == 404
        assert shown not in admin.get(base).text
        assert admin.post(f"{base}/{own_id}/restore").status_code == 303
        assert shown in admin.get(base).text


def test_a_form_that_is_saved_as_it_is_changes_nothing(
    app: Flask, admin: Visitor, new_record: Callable[..., str]
) -> None:
    """Of every kind: what a form shows is what it sends back, to the digit; no event, no new version."""
    for kind in load_kinds().values():
        own_id = new_record(kind.key)
        base = f"/records/{kind.tool}/{kind.key}/{own_id}"
        sent = form_in(admin.get(f"{base}/edit").text)
        assert admin.client.post(f"{base}/edit", data=sent).status_code == 303, kind.key
        assert form_in(admin.get(f"{base}/edit").text) == sent, kind.key  # the version is among it
