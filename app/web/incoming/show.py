"""The page of an incoming webhook: its address, examples, its calls, and what can be done with it."""

from __future__ import annotations

import re

from flask import flash, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.core.errors import FieldError, Invalid
from app.core.times import utc_now
from app.models import IncomingWebhook
from app.models.incoming_webhook import CALL, CALL_BEFORE
from app.models.permission import MANAGE_INCOMING, VIEW_INCOMING
from app.queries.incoming import makers_of, newest_call, page_of_calls
from app.services import incoming as service
from app.services.incoming.addresses import DEFAULT_OVERLAP_S, addresses_of
from app.services.incoming.makers import Viewer
from app.services.incoming.sources.crud import sources_of
from app.services.incoming.tools import EVENTS
from app.web.addresses import takes
from app.web.incoming import words
from app.web.incoming.blueprint import bp
from app.web.incoming.examples import examples_of
from app.web.permissions import current_person, current_space_id, may, requires
from app.web.rendering import go_to, nothing_new, render_page, wants_fragment

BLOCKS = {"calls": "calls"}
OVERLAPS = (0, 3600, DEFAULT_OVERLAP_S, 7 * 24 * 3600)
_CALL_ID = re.compile(rf"({CALL}|{CALL_BEFORE})_[0-9a-f]{{12,36}}")


@bp.get("/<incoming_webhook_id>")
@requires(VIEW_INCOMING)
@takes("before", "known")
def show(incoming_webhook_id: str) -> Response:
    """All of it. A poller sends the newest call that it has `known`, and gets nothing while that is the newest."""
    webhook = service.find(current_space_id(), incoming_webhook_id)
    newest = newest_call(webhook.id)
    if wants_fragment() and request.args.get("known") == newest:
        return nothing_new()
    return _page(webhook, newest)


@bp.post("/<incoming_webhook_id>/renew")
@requires(MANAGE_INCOMING)
def renew(incoming_webhook_id: str) -> Response:
    """A new address; the one before works on for as long as was chosen."""
    chosen = request.form.get("overlap_s", "")
    overlap_s = int(chosen) if chosen.isdigit() and len(chosen) < 9 else DEFAULT_OVERLAP_S
    try:
        service.renew(current_space_id(), incoming_webhook_id, overlap_s)
    except Invalid as wrong:
        flash(wrong.errors[0].message, "error")
    else:
        flash(_("Here is the new address."), "success")
    return go_to(url_for("incoming.show", incoming_webhook_id=incoming_webhook_id))


@bp.post("/<incoming_webhook_id>/end-old")
@requires(MANAGE_INCOMING)
def end_old(incoming_webhook_id: str) -> Response:
    """From now on only the newest address works."""
    service.end_old_addresses(current_space_id(), incoming_webhook_id)
    flash(_("Only the new address works now."), "success")
    return go_to(url_for("incoming.show", incoming_webhook_id=incoming_webhook_id))


@bp.post("/<incoming_webhook_id>/turn-on")
@requires(MANAGE_INCOMING)
def turn_on(incoming_webhook_id: str) -> Response:
    """It can be called again."""
    service.set_active(current_space_id(), incoming_webhook_id, True)
    flash(_("It is on."), "success")
    return _back(incoming_webhook_id)


@bp.post("/<incoming_webhook_id>/turn-off")
@requires(MANAGE_INCOMING)
def turn_off(incoming_webhook_id: str) -> Response:
    """Calls are refused until it is turned on again."""
    service.set_active(current_space_id(), incoming_webhook_id, False)
    flash(_("It is off. Calls are refused."), "success")
    return _back(incoming_webhook_id)


@bp.get("/<incoming_webhook_id>/delete")
@requires(MANAGE_INCOMING)
def ask_delete(incoming_webhook_id: str) -> Response:
    """Ask before deleting."""
    return render_page(
        "incoming/ask_delete.html", webhook=service.find(current_space_id(), incoming_webhook_id)
    )


@bp.post("/<incoming_webhook_id>/delete")
@requires(MANAGE_INCOMING)
def delete(incoming_webhook_id: str) -> Response:
    """Its address is unknown at once."""
    service.delete(current_space_id(), incoming_webhook_id)
    flash(_("Deleted. Its address no longer works."), "success")
    return go_to(url_for("incoming.index"))


def may_see_address(webhook: IncomingWebhook) -> bool:
    """True if the visitor manages incoming webhooks and gains nothing by this address."""
    viewer = Viewer(current_person().id, frozenset(current_user.role.held))
    return may(MANAGE_INCOMING) and viewer.may_see(webhook)


def _back(incoming_webhook_id: str) -> Response:
    if request.form.get("on") == "list":
        return go_to(url_for("incoming.index"))
    return go_to(url_for("incoming.show", incoming_webhook_id=incoming_webhook_id))


def _page(webhook: IncomingWebhook, newest: str) -> Response:
    before = request.args.get("before")
    if before is not None and not _CALL_ID.fullmatch(before):
        raise Invalid([FieldError("before", _("Take this out of the address."))])
    makers, gone = makers_of([webhook])
    now = utc_now()
    address = service.address_of(webhook) if may_see_address(webhook) else None
    old = [one for one in addresses_of(webhook.id)[1:] if one.works(now)]
    return render_page(
        "incoming/show.html",
        blocks=BLOCKS,
        webhook=webhook,
        badge=words.state_badge(webhook, bool(gone)),
        maker=makers.get(webhook.id, ""),
        gone=bool(gone),
        address=address,
        old_ends_at=max((one.ends_at for one in old if one.ends_at), default=None),
        overlaps=OVERLAPS,
        default_overlap=DEFAULT_OVERLAP_S,
        examples=examples_of(webhook, address) if address else [],
        sources=sources_of(webhook.id) if EVENTS in webhook.tools else None,
        page=page_of_calls(webhook.id, before),
        newest=newest,
        older=before is not None,
        said=words,
    )
