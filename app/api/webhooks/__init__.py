"""Webhooks in the API: create, read, change, delete; what can be done with one; defaults of a space."""
