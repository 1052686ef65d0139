"""Ask, count, and start."""

from __future__ import annotations

from flask import abort, flash, g, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app.core.errors import Conflict
from app.models.permission import MANAGE_WEBHOOKS, RESEND
from app.queries.webhooks.listing import webhook_names
from app.services import recoveries as service
from app.web.permissions import current_space_id, may, requires
from app.web.recoveries.asked import Asked, asked_in
from app.web.recoveries.blueprint import bp
from app.web.recoveries.plan import Plan, plan_of
from app.web.rendering import go_to, render_page


@bp.get("/new")
@requires(RESEND)
def new() -> Response:
    """How many events that would be, from when to when, and what to choose. Nothing is sent yet."""
    asked = _asked(request.args)
    return _question(asked, plan_of(current_space_id(), asked), 422 if asked.errors else 200)


@bp.post("")
@requires(RESEND)
def create() -> Response:
    """Start it, and go where it can be watched."""
    asked = _asked(request.form)
    plan = plan_of(current_space_id(), asked)
    if asked.errors:
        return _question(asked, plan, 422)
    if not plan.to_start:
        return _question(asked, plan, 409)
    most = 1 if request.form.get("most") == "1" else None
    try:
        started = [service.start(part.scope, asked.rate_per_s, most) for part in plan.to_start]
    except Conflict as conflict:  # it changed since it was counted
        return _question(asked, plan_of(current_space_id(), asked), 409, said=conflict.message)
    if len(started) == 1:
        return go_to(url_for("recoveries.show", recovery_id=started[0].id))
    said = ngettext("%(num)s resend job started.", "%(num)s resend jobs started.", len(started))
    flash(said, "success")
    return go_to(url_for("recoveries.index"))


def _asked(values: MultiDict[str, str]) -> Asked:
    """What was asked. What was never sent is for people who manage webhooks."""
    asked = asked_in(current_space_id(), values)
    if any(scope.wants_never_sent for scope in asked.scopes) and not may(MANAGE_WEBHOOKS):
        g.missing_permission = MANAGE_WEBHOOKS
        abort(403)
    return asked


def _question(asked: Asked, plan: Plan, status: int, said: str = "") -> Response:
    return render_page(
        "recoveries/new.html",
        blocks={"question": "question"},
        status=status,
        asked=asked,
        plan=plan,
        said=said,
        webhooks=webhook_names(current_space_id()),
        may_manage=may(MANAGE_WEBHOOKS),
        nothing=_("There is nothing to resend here."),
    )
