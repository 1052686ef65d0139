"""Settings: OAuth credentials, how we get access keys for receivers that want one (B8)."""

from app.web.oauth_credentials import connect, form, index, moved, show
from app.web.oauth_credentials.blueprint import bp, former_bp

__all__ = ["bp", "connect", "form", "former_bp", "index", "moved", "show"]
