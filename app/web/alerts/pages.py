"""Settings: who is told when a webhook fails, whether mail goes out, and what was told lately (B3)."""

from __future__ import annotations

from flask import Blueprint, flash, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.models.permission import MANAGE_ALERTS
from app.queries.alerts import latest_notices, managers_of
from app.services.alerts import mail
from app.services.alerts.letters import NOTICES
from app.services.alerts.notices import send_trial
from app.web.permissions import current_person, current_space_id, requires
from app.web.rendering import go_to, render_page

bp = Blueprint("alerts", __name__, url_prefix="/settings/alerts")


@bp.get("")
@requires(MANAGE_ALERTS)
def index() -> Response:
    """Who is told, by what, and what lately."""
    space_id = current_space_id()
    return render_page(
        "alerts/index.html",
        mail_server=mail.server(),
        recipients=managers_of(space_id),
        told=latest_notices(space_id),
        notices=NOTICES,
    )


@bp.post("/trial")
@requires(MANAGE_ALERTS)
def trial() -> Response:
    """Send a letter to whoever asks, to see whether mail arrives."""
    email = current_person().email
    if send_trial(current_space_id(), email):
        flash(_("A letter to %(email)s is on its way.", email=email), "success")
    else:
        flash(_("No mail server is set, so nothing was sent."), "error")
    return go_to(url_for("alerts.index"))
