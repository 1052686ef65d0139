"""Roles on screen."""

from app.web.roles.pages import bp

__all__ = ["bp"]
