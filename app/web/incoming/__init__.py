"""Incoming webhooks: list, form, the page with address, examples and calls, sources, and the host's own services."""

from app.web.incoming import form, index, services, show, sources
from app.web.incoming.blueprint import bp

__all__ = ["bp", "form", "index", "services", "show", "sources"]
