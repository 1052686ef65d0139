"""The page for a link that does nothing (any more): why, and what to do."""

from __future__ import annotations

from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.services.people.links import EXPIRED, UNKNOWN, USED, WITHDRAWN, LinkOver
from app.web.rendering import render_page


def link_over(over: LinkOver, address: str, label: str) -> Response:
    """404 for a link that we never gave, 410 for one that is over. `address`, `label`: the way on."""
    titles = {
        UNKNOWN: _("We do not know this link"),
        USED: _("This link was used already"),
        EXPIRED: _("This link has expired"),
        WITHDRAWN: _("This link counts no longer"),
    }
    return render_page(
        "people/link_over.html",
        status=404 if over.why == UNKNOWN else 410,
        title=titles[over.why],
        message=over.message,
        address=address,
        label=label,
    )
