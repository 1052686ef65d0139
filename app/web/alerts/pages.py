"""Settings: what this person is told and how; for those who manage alerts also mail and what was told lately."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.extensions import db
from app.models.alert_choice import AT_ONCE, DIGEST, NEVER
from app.models.notice import TURNED_OFF
from app.models.permission import MANAGE_ALERTS, VIEW_WEBHOOKS
from app.queries.alerts import latest_notices
from app.services.alerts import mail
from app.services.alerts.choices import choices_of, choose, to_be_told
from app.services.alerts.letters import NOTICES
from app.services.alerts.notices import send_trial
from app.web.permissions import current_person, current_space_id, logged_in, may, requires
from app.web.rendering import go_to, render_page

bp = Blueprint("alerts", __name__, url_prefix="/settings/alerts")

FIELD = "alert."


@bp.get("")
@requires(VIEW_WEBHOOKS)
def index() -> Response:
    """What this person is told, and how."""
    return _page(choices_of(current_space_id(), current_person().id, current_user.role))


@bp.post("")
@logged_in
def save() -> Response:
    """Keep what was chosen: everybody's own, whatever else they may do."""
    wanted = {name.removeprefix(FIELD): way for name, way in request.form.items() if name.startswith(FIELD)}
    space_id, person_id, role = current_space_id(), current_person().id, current_user.role
    try:
        choose(space_id, person_id, role, wanted)
    except Invalid as wrong:
        return _page({**choices_of(space_id, person_id, role), **wanted}, wrong.errors)
    flash(_("Saved."), "success")
    return go_to(url_for("alerts.index"))


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


def _page(chosen: dict[str, str], errors: list[FieldError] | None = None) -> Response:
    return render_page(
        "alerts/index.html",
        status=422 if errors else 200,
        chosen=chosen,
        errors=errors or [],
        ways=[(AT_ONCE, _("At once")), (DIGEST, _("In the daily digest")), (NEVER, _("Never"))],
        email=current_person().email,
        mail_server=mail.server(),
        recipients=_recipients() if may(MANAGE_ALERTS) else [],
        told=latest_notices(current_space_id()) if may(MANAGE_ALERTS) else [],
        notices=NOTICES,
    )


def _recipients() -> list[str]:
    told = to_be_told(db.session(), current_space_id(), TURNED_OFF)
    return [member.person.email for member, _way in told]
