"""The start page, and what belongs to the whole dashboard."""

from app.web.home import overview, pages
from app.web.home.blueprint import bp

__all__ = ["bp", "overview", "pages"]
