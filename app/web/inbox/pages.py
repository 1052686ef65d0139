"""The built-in test address: the page that shows live what arrives, and the address itself."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, jsonify, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.core.errors import Invalid, NotFound
from app.core.extensions import csrf, vault
from app.models.role import MANAGE_WEBHOOKS, VIEW_WEBHOOKS
from app.queries.inbox import newest_message, received
from app.services import inboxes
from app.web.addresses import takes
from app.web.permissions import current_space_id, public, requires
from app.web.rendering import go_to, nothing_new, render_page
from app.web.words import code_words

bp = Blueprint("inbox", __name__, url_prefix="/inbox")

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LARGEST_BODY = 1024 * 1024


@bp.get("")
@requires(VIEW_WEBHOOKS)
@takes("known")
def index() -> Response:
    """What arrived. A poller sends the newest id it `known`s and gets nothing while that is the newest."""
    inbox = inboxes.inbox_of(current_space_id())
    newest = newest_message(inbox)
    if request.args.get("known") == newest and "known" in request.args:
        return nothing_new()
    return render_page(
        "inbox/index.html",
        blocks={"messages": "messages"},
        address=current_app.config["SETTINGS"].inbox_prefix + inbox.token,
        inbox=inbox,
        newest=newest,
        messages=received(inbox, vault().decrypt),
        answers=[(status, code_words(status)) for status in inboxes.ANSWERS],
    )


@bp.post("/clear")
@requires(MANAGE_WEBHOOKS)
def clear() -> Response:
    """Forget what arrived."""
    inboxes.clear(current_space_id())
    flash(_("The list is empty."), "success")
    return go_to(url_for("inbox.index"))


@bp.post("/answer")
@requires(MANAGE_WEBHOOKS)
def answer() -> Response:
    """Choose which answer the address gives."""
    chosen = request.form.get("answer", "")
    try:
        inboxes.set_answer(current_space_id(), int(chosen) if chosen.isdigit() and len(chosen) < 4 else 0)
    except Invalid as wrong:
        flash(wrong.errors[0].message, "error")
    else:
        flash(_("From now on it answers %(code)s.", code=code_words(int(chosen))), "success")
    return go_to(url_for("inbox.index"))


@bp.route("/<string(length=32):token>", methods=METHODS)
@public
@csrf.exempt
def address(token: str) -> tuple[Response, int]:
    """The test address: keeps what comes and answers as chosen. Open to everybody who knows it."""
    request.max_content_length = LARGEST_BODY
    try:
        status = inboxes.receive(
            token, request.method, request.full_path.rstrip("?"), list(request.headers), request.get_data()
        )
    except NotFound:
        return jsonify(status="There is no test address like this."), 404
    return jsonify(status="OK"), status
