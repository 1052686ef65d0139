"""The ledger: claims due deliveries and records what came of them, in plain SQL.

Two dialects of the same few statements, because each database has its own best way to hand rows to one
worker only: `FOR UPDATE SKIP LOCKED` on PostgreSQL, `BEGIN IMMEDIATE` on SQLite. No ORM objects here:
these statements run for every delivery. `open_ledger` chooses by the database's URL.
"""

from app.ledger.leases.entries import Claimed, Entry, LaneChange
from app.ledger.leases.opening import TEMPORARY, Ledger, is_temporary, open_ledger

__all__ = ["TEMPORARY", "Claimed", "Entry", "LaneChange", "Ledger", "is_temporary", "open_ledger"]
