"""Settings: the audit log, who did what in the space. It can be read and not edited."""

from app.web.audit import index
from app.web.audit.blueprint import bp

__all__ = ["bp", "index"]
