"""The built-in test address and the page that shows what arrives there."""

from app.web.inbox.pages import bp

__all__ = ["bp"]
