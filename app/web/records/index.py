"""All kinds that this person may see, by tool."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, g
from werkzeug.wrappers import Response

from app.catalogue import Tool, load_tools
from app.models.record import view_permission
from app.web.addresses import takes
from app.web.permissions import logged_in, may, requires
from app.web.records.blueprint import bp, first_visible
from app.web.rendering import render_page


@bp.get("")
@logged_in
@takes()
def index() -> Response:
    """The tools and their kinds. Whoever may see none of them is told which right is missing."""
    if first_visible() is None:
        g.missing_permission = view_permission(next(iter(load_tools())))
        abort(403)
    tools = [tool for tool in load_tools().values() if may(view_permission(tool.key))]
    return render_page("records/index.html", tools=tools)


def _page_of(tool: Tool) -> Callable[[], Response]:
    @requires(view_permission(tool.key))
    @takes()
    def page() -> Response:
        return render_page("records/index.html", tools=[tool])

    return page


for _tool in load_tools().values():
    bp.add_url_rule(f"/{_tool.key}", f"tool_{_tool.key}", _page_of(_tool))
