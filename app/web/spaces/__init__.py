"""Spaces on screen: the list of one's own, the settings of the present one, its end."""

from app.web.spaces import ending, pages
from app.web.spaces.blueprint import bp

__all__ = ["bp", "ending", "pages"]
