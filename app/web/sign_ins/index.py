"""The list of sign-ins."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_SIGN_INS
from app.queries.changes import changes_of_space
from app.queries.sign_ins import list_sign_ins
from app.services import sign_ins as service
from app.services.webhooks.changes import SIGN_IN_KINDS
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page
from app.web.sign_ins import words
from app.web.sign_ins.blueprint import bp


@bp.get("")
@requires(VIEW_SIGN_INS)
def index() -> Response:
    """The sign-ins of the space: which work, which webhooks use them."""
    page = list_sign_ins(current_space_id(), request.args.get("after"))
    return render_page(
        "sign_ins/index.html",
        page=page,
        badges={row.id: words.state_badge(service.state_of(row)) for row in page.sign_ins},
        grant_words=words.grant_words,
        changes=changes_of_space(current_space_id(), SIGN_IN_KINDS),
        names={},
        first_page="after" not in request.args,
    )
