"""The blueprint of all records, and how a view becomes a route of each tool.

`/records/crm/lead` and `/records/tasks/task` are two routes over one view, so that each declares its own permission.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.catalogue import RecordKind, load_kinds, load_tools
from app.core.errors import NotFound
from app.models.record import manage_permission, view_permission
from app.web.permissions import may, requires
from app.web.records import words

bp = Blueprint("records", __name__, url_prefix="/records")

PageView = Callable[..., Response]


@bp.record_once
def _prepare(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        record_url=record_url, record_words=words, may_view=may_view, may_manage=may_manage
    )


def viewing(rule: str, name: str) -> Callable[[PageView], PageView]:
    """Make a view a GET route of each tool, for who may see its records. It gets the `RecordKind` first."""
    return _on_each_tool(rule, name, view_permission, "GET")


def managing(rule: str, name: str, method: str = "POST") -> Callable[[PageView], PageView]:
    """The same for who may change them."""
    return _on_each_tool(rule, name, manage_permission, method)


def record_url(name: str, kind: RecordKind | str, **more: Any) -> str:
    """The address of a page of a kind: `record_url("show", "lead", record_id="4711")`."""
    found = load_kinds()[kind] if isinstance(kind, str) else kind
    return url_for(f"records.{name}_{found.tool}", kind=found.key, **more)


def may_view(kind: RecordKind | str) -> bool:
    """True if the visitor may see records of this kind."""
    found = load_kinds()[kind] if isinstance(kind, str) else kind
    return may(view_permission(found.tool))


def may_manage(kind: RecordKind | str) -> bool:
    """True if the visitor may change them."""
    found = load_kinds()[kind] if isinstance(kind, str) else kind
    return may(manage_permission(found.tool))


def first_visible() -> str | None:
    """A permission that lets the visitor see some records; None if they may see none."""
    return next((p for tool in load_tools() if may(p := view_permission(tool))), None)


def _on_each_tool(
    rule: str, name: str, permission: Callable[[str], str], method: str
) -> Callable[[PageView], PageView]:
    def mark(view: PageView) -> PageView:
        for tool in load_tools():
            bound = requires(permission(tool))(_of_tool(tool, view))
            bp.add_url_rule(f"/{tool}/<kind>{rule}", f"{name}_{tool}", bound, methods=[method])
        return view

    return mark


def _of_tool(tool: str, view: PageView) -> PageView:
    @wraps(view)
    def bound(kind: str, **more: Any) -> Response:
        found = load_kinds().get(kind)
        if found is None or found.tool != tool:
            raise NotFound
        return view(found, **more)

    return bound
