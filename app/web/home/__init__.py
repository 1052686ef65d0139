"""The start page, and what belongs to the whole dashboard."""

from app.web.home.pages import bp

__all__ = ["bp"]
