"""Webhooks in the API: create, read, change, delete; what can be done with one; defaults of a space."""

from app.api.webhooks import actions, crud, defaults

__all__ = ["actions", "crud", "defaults"]
