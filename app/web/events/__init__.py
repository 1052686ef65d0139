"""An event on screen: where it went, and why other webhooks did not get it."""

from app.web.events import show
from app.web.events.blueprint import bp

__all__ = ["bp", "show"]
