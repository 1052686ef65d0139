"""The page behind a confirmation link: following it is the confirmation (A14, S0).

A GET with an effect, because receivers are programs that fetch the link, as they do for Amazon SNS. It is
safe: nobody can guess the link, it was sent to one address only, and a second GET changes nothing.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as BaseResponse

from app.services.webhooks.confirmation import ALREADY, CONFIRMED, UNKNOWN, Followed, follow
from app.web.permissions import public
from app.web.rendering import render_page

bp = Blueprint("confirmation", __name__, url_prefix="/confirm")

STATUS = {CONFIRMED: 200, ALREADY: 200, UNKNOWN: 404}
GONE = 410
LONGEST_TOKEN = 100


@bp.get("/<token>")
@public
def follow_link(token: str) -> BaseResponse:
    """Confirm. The page tells nothing about the webhook or whose it is."""
    if request.method != "GET":
        return Response()  # HEAD looks whether a link is good; it is no answer to the question
    followed = follow(token, request.remote_addr or "") if len(token) <= LONGEST_TOKEN else Followed(UNKNOWN)
    return render_page(
        "webhooks/confirmed.html", status=STATUS.get(followed.outcome, GONE), followed=followed
    )
