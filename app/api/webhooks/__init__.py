"""Webhooks in the API: create, read, change, delete; what can be done with one; checks; defaults of a space."""

from app.api.webhooks import actions, checks, crud, defaults

__all__ = ["actions", "checks", "crud", "defaults"]
