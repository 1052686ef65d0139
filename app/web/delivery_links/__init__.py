"""Links to one delivery for people without a log-in: the list with its form, and the page that they open (C11)."""

from app.web.delivery_links import given, shared
from app.web.delivery_links.blueprint import bp, shared_bp

__all__ = ["bp", "given", "shared", "shared_bp"]
