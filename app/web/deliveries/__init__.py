"""Events on screen: the list, what one delivery went through, resending."""

from app.web.deliveries import curl, export, helpers, index, resend, show
from app.web.deliveries.blueprint import bp

bp.record_once(lambda state: helpers.install(state.app))

__all__ = ["bp", "curl", "export", "index", "resend", "show"]
