"""The page for receivers' developers: for those who are logged in, and by link for those who have no log-in (F9)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import Blueprint, current_app, flash, jsonify, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response

from app.catalogue import EventType
from app.catalogue.document import sample_message
from app.core.errors import NotFound
from app.core.settings import ROOT
from app.models import Space
from app.models.permission import MANAGE_SETTINGS, VIEW_WEBHOOKS
from app.services import developer_pages
from app.services.event_types import catalogue_of
from app.web.permissions import current_space_id, public, requires
from app.web.rendering import go_to, render_page

bp = Blueprint("event_types", __name__, url_prefix="/event-types")
public_bp = Blueprint("developers", __name__, url_prefix="/developers")

SAMPLES = ROOT / "templates" / "event_types" / "samples"


@bp.get("")
@requires(VIEW_WEBHOOKS)
def index() -> Response:
    """For those who are logged in, with the link that they can give away."""
    link = developer_pages.link_of(current_space_id())
    document = url_for("event_types.document")
    return _page(current_user.space, document, link=_address(link.token) if link else None, inside=True)


@bp.get("/openapi.json")
@requires(VIEW_WEBHOOKS)
def document() -> Response:
    """The OpenAPI document."""
    return _document(current_space_id())


@bp.post("/link")
@requires(MANAGE_SETTINGS)
def make_link() -> Response:
    """Let whoever knows the link read."""
    developer_pages.make_link(current_space_id())
    flash(_("Whoever has the link can now read this page."), "success")
    return go_to(url_for("event_types.index"))


@bp.post("/link/end")
@requires(MANAGE_SETTINGS)
def end_link() -> Response:
    """End it."""
    developer_pages.end_link(current_space_id())
    flash(_("The link no longer works."), "success")
    return go_to(url_for("event_types.index"))


@public_bp.get("")
@requires(VIEW_WEBHOOKS)
def section() -> Response:
    """Without a link there is the page for those who are logged in."""
    return go_to(url_for("event_types.index"))


@public_bp.get("/<token>")
@public
def show(token: str) -> Response:
    """For whoever has the link. One that does not work says who can give a new one."""
    try:
        space = developer_pages.space_behind(token)
    except NotFound:
        return _unlisted(render_page("event_types/ended.html", status=404))
    return _unlisted(_page(space, url_for("developers.document", token=token), link=None, inside=False))


@public_bp.get("/<token>/openapi.json", endpoint="document")
@public
def public_document(token: str) -> Response:
    """The OpenAPI document for whoever has the link."""
    return _unlisted(_document(developer_pages.space_behind(token).id))


def _page(space: Space, document: str, **more: Any) -> Response:
    return render_page(
        "event_types/index.html",
        space=space,
        catalogue=catalogue_of(space.id),
        document=document,
        sample_text=_sample_text,
        code=_code,
        **more,
    )


def _document(space_id: str) -> Response:
    answer = jsonify(developer_pages.document_of(space_id))
    answer.headers["Content-Disposition"] = 'inline; filename="openapi.json"'
    return answer


def _unlisted(response: Response) -> Response:
    """Search engines keep out, and the link does not leak by Referer."""
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _address(token: str) -> str:
    return f"{current_app.config['SETTINGS'].base_url}{url_for('developers.show', token=token)}"


def _sample_text(event_type: EventType) -> str:
    return json.dumps(sample_message(event_type), indent=2, ensure_ascii=False)


@cache
def _code(name: str) -> str:
    """An example of how to verify, as it stands in its file."""
    return (SAMPLES / name).read_text(encoding="utf-8").rstrip()
