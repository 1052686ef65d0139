"""Settings: OAuth credentials, how we get access keys for receivers that want one (B8)."""

from app.web.oauth_credentials import connect, form, index, show
from app.web.oauth_credentials.blueprint import bp

__all__ = ["bp", "connect", "form", "index", "show"]
