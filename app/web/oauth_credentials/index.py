"""The list of OAuth credentials."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from app.models.role import VIEW_OAUTH_CREDENTIALS
from app.queries.changes import changes_of_space
from app.queries.oauth_credentials import page_of_oauth_credentials
from app.services import oauth_credentials as service
from app.services.webhooks.changes import OAUTH_CREDENTIAL_KINDS
from app.web.addresses import takes
from app.web.oauth_credentials import words
from app.web.oauth_credentials.blueprint import bp
from app.web.permissions import current_space_id, requires
from app.web.rendering import render_page


@bp.get("")
@requires(VIEW_OAUTH_CREDENTIALS)
@takes("after")
def index() -> Response:
    """The OAuth credentials of the space: which work, which webhooks use them."""
    page = page_of_oauth_credentials(current_space_id(), request.args.get("after"))
    return render_page(
        "oauth_credentials/index.html",
        page=page,
        badges={row.id: words.state_badge(service.state_of(row)) for row in page.oauth_credentials},
        grant_words=words.grant_words,
        changes=changes_of_space(current_space_id(), OAUTH_CREDENTIAL_KINDS),
        names={},
        first_page="after" not in request.args,
    )
