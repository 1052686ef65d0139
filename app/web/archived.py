"""An archived space is there to be read: nothing in it can be changed."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import flash, g, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from app.web.rendering import go_to, wants_fragment

SAFE = ("GET", "HEAD", "OPTIONS")
# What is about whoever is there, not about the space; and the end of the space itself.
STILL_OPEN = (
    *("session.", "account.", "two_steps.", "joining.", "portal.leave"),
    *("spaces.restore", "spaces.delete", "spaces.leave"),
)


def refuse_in_archived(endpoint: str) -> Response | None:
    """None, or the answer to what would change something in an archived space."""
    space = getattr(current_user, "space", None)
    if request.method in SAFE or space is None or space.archived_at is None:
        return None
    if endpoint.startswith(STILL_OPEN):
        return None
    said = _("%(space)s is archived: you can look at everything and change nothing.", space=space.name)
    if wants_fragment():
        flash(said, "error")
        return go_to(urlsplit(request.headers.get("HX-Current-URL", "")).path or url_for("home.index"))
    g.conflict = said
    raise Conflict(said)
