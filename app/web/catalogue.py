"""The event types of the visitor's space, read once a request."""

from __future__ import annotations

from flask import g

from app.catalogue import Catalogue
from app.services.event_types import catalogue_of
from app.web.permissions import current_space_id


def catalogue_here() -> Catalogue:
    """The catalogue of the space that the visitor is in."""
    if "catalogue" not in g:
        g.catalogue = catalogue_of(current_space_id())
    catalogue: Catalogue = g.catalogue
    return catalogue
