"""API keys on screen."""

from app.web.api_keys.pages import bp

__all__ = ["bp"]
