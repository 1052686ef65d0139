"""The host's own services behind tools (D6)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.models.permission import MANAGE_INCOMING
from app.services.incoming import own_services
from app.services.incoming.tools import EVENTS
from app.web.incoming.blueprint import bp
from app.web.incoming.words import tool_choices, tool_title
from app.web.permissions import current_space_id, requires
from app.web.rendering import go_to, render_page


@bp.get("/services")
@requires(MANAGE_INCOMING)
def services() -> Response:
    """Which tools are passed on, where to, and a form for another."""
    return _page()


@bp.post("/services")
@requires(MANAGE_INCOMING)
def set_service() -> Response:
    """Pass a tool's calls on."""
    timeout = request.form.get("timeout_s", "").strip()
    data = {"tool": request.form.get("tool", ""), "url": request.form.get("url", "").strip()}
    try:
        row = own_services.set_service(
            current_space_id(), {**data, **({"timeout_s": timeout} if timeout else {})}
        )
    except Invalid as wrong:
        return _page(422, wrong.errors, timeout=timeout, **data)
    flash(_("Calls for %(tool)s go to your service now.", tool=tool_title(row.tool)), "success")
    return go_to(url_for("incoming.services"))


@bp.post("/services/<tool>/remove")
@requires(MANAGE_INCOMING)
def remove_service(tool: str) -> Response:
    """Calls go to the records here again."""
    own_services.remove_service(current_space_id(), tool)
    flash(_("Calls for %(tool)s stay here now.", tool=tool_title(tool)), "success")
    return go_to(url_for("incoming.services"))


def _page(status: int = 200, errors: list[FieldError] | None = None, **typed: str) -> Response:
    rows = own_services.services_of(current_space_id())
    return render_page(
        "incoming/services.html",
        status=status,
        rows=rows,
        secrets={row.tool: own_services.secret_of(row) for row in rows},
        errors=errors or [],
        typed=typed,
        tools=[one for one in tool_choices() if one[0] != EVENTS],
        tool_title=tool_title,
    )
