"""What the search box finds: one page for events, webhooks and pages."""

from app.web.search import index, pages
from app.web.search.blueprint import bp

__all__ = ["bp", "index", "pages"]
