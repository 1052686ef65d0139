"""Settings: the audit log, who did what in the space. It can be read, taken along as a file, and not edited."""

from app.web.audit import export, index
from app.web.audit.blueprint import bp

__all__ = ["bp", "export", "index"]
