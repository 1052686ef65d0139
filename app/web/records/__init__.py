"""Pages of records: one set for all kinds (D5). Each tool has routes of its own, because each has rights of its own."""

from app.web.records import board, form, importing, index, listing, moving, show
from app.web.records.blueprint import bp

__all__ = ["board", "bp", "form", "importing", "index", "listing", "moving", "show"]
