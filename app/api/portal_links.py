"""Portal links: how a host product lets its customer into their space, and shuts the door again (F6)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11
from werkzeug.wrappers import Response

from app.api.answers import answer, empty, moment
from app.api.authentication import scope
from app.api.blueprint import bp
from app.api.body import read_object
from app.api.operation import documented
from app.api.paging import read_query
from app.core.validation import Schema
from app.models.instance_key import PORTAL_WRITE
from app.services.portal.ending import revoke_links
from app.services.portal.links import make_link
from app.services.portal.schema import PortalLinkIn


class PortalLinkOut(TypedDict):
    """A link that opens once. `expires_at`: until then; what it opens lasts longer."""

    url: str
    expires_at: str


class WhoseLinks(Schema):
    """`person`: your id of one person; left out: all of the space."""

    person: Annotated[str, Field(min_length=1, max_length=200)] | None = None


@bp.post("/v1/spaces/<space_id>/portal-links")
@scope(PORTAL_WRITE)
@documented(
    "Spaces",
    "Make a link that lets one of your customer's people into the space, once and without a password",
    status=201,
    body=PortalLinkIn,
    answer=PortalLinkOut,
)
def make_portal_link(space_id: str) -> Response:
    """A new link."""
    made = make_link(space_id, read_object())
    return answer({"url": made.url, "expires_at": moment(made.expires_at)}, 201)


@bp.delete("/v1/spaces/<space_id>/portal-links")
@scope(PORTAL_WRITE)
@documented(
    "Spaces",
    "End all portal links into a space, or those of one person, and whatever they opened",
    query=WhoseLinks,
    status=204,
)
def end_portal_links(space_id: str) -> Response:
    """They count no more from the next call on."""
    revoke_links(space_id, read_query(WhoseLinks).person)
    return empty()
