"""One's own spaces, and the settings of the present one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.space_path import prefix_of
from app.models.permission import MANAGE_SPACE
from app.queries.all_spaces import spaces_and_roles
from app.services import spaces as service
from app.services.events.fit import refuses_unfit_data, set_refusing
from app.services.spaces.schema import LANGUAGES, time_zones
from app.web.permissions import current_person, current_space_id, logged_in, requires
from app.web.rendering import go_to, render_page
from app.web.spaces.blueprint import bp

# What becomes of data that does not fit, in the words of the API.
MARK, REFUSE = "mark", "refuse"
FIELDS = ("name", "time_zone", "language", "retention_days")


@bp.get("/spaces")
@logged_in
def index() -> Response:
    """The spaces that one belongs to, also the archived ones."""
    mine = spaces_and_roles(current_person().id)
    return render_page("spaces/index.html", spaces=mine, prefix_of=prefix_of)


@bp.get("/settings/space")
@requires(MANAGE_SPACE)
def settings() -> Response:
    """The settings of the present space."""
    space = current_user.space
    return _settings_page({field: getattr(space, field) for field in FIELDS})


@bp.post("/settings/space")
@requires(MANAGE_SPACE)
def update() -> Response:
    """Save them."""
    typed = {field: request.form[field] for field in FIELDS if field in request.form}
    try:
        service.change_settings(current_space_id(), typed)
    except Invalid as wrong:
        return _settings_page({**dict.fromkeys(FIELDS, ""), **typed}, wrong.errors, 422)
    flash(_("Saved."), "success")
    return go_to(url_for("spaces.settings"))


@bp.post("/settings/space/unfit-data")
@requires(MANAGE_SPACE)
def choose_for_unfit_data() -> Response:
    """Choose what happens to data that does not fit the schema of its event type."""
    chosen = request.form.get("unfit_data")
    if chosen not in (MARK, REFUSE):
        space = current_user.space
        wrong = FieldError("unfit_data", _("Choose one of the two."))
        return _settings_page({field: getattr(space, field) for field in FIELDS}, [wrong], 422)
    set_refusing(current_space_id(), chosen == REFUSE)
    flash(_("Saved."), "success")
    return go_to(url_for("spaces.settings"))


def _settings_page(
    values: Mapping[str, Any], errors: Sequence[FieldError] = (), status: int = 200
) -> Response:
    return render_page(
        "spaces/settings.html",
        status=status,
        values=values,
        errors=list(errors),
        zones=time_zones(),
        languages=[(one, _LANGUAGE_NAMES[one]) for one in LANGUAGES],
        unfit_data=REFUSE if refuses_unfit_data(current_space_id()) else MARK,
        longest_days=current_app.config["SETTINGS"].retention_days,
    )


# Each in its own words.
_LANGUAGE_NAMES = {"en": "English"}
