"""Tries side by side: which two are worth comparing, and what differs between them (C9)."""
