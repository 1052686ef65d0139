"""Settings: sign-ins, how we get access keys for receivers that want one (B8)."""

from app.web.sign_ins import connect, form, index, show
from app.web.sign_ins.blueprint import bp

__all__ = ["bp", "connect", "form", "index", "show"]
