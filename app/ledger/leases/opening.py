"""Which ledger fits the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import psycopg
from sqlalchemy.engine import make_url

from app.ledger.leases.entries import NONE_AHEAD, Claimed, Entry
from app.ledger.leases.postgresql import PostgresqlLedger
from app.ledger.leases.sqlite import SqliteLedger
from app.sending.message.request_template import RequestTemplateRow

# The database is away, restarting or busy: the same call may work in a moment.
TEMPORARY = (psycopg.OperationalError, sqlite3.OperationalError)
# PostgreSQL's class "program limit exceeded" is a row's trouble, though psycopg counts it among the others.
_LIMIT_EXCEEDED = "54"


def is_temporary(error: BaseException) -> bool:
    """True if the database is away or busy; False if something about the statement or a row is wrong."""
    if isinstance(error, psycopg.OperationalError):
        return not (error.sqlstate or "").startswith(_LIMIT_EXCEEDED)
    if isinstance(error, sqlite3.OperationalError):  # without a code: text in a row that is no text
        return getattr(error, "sqlite_errorcode", None) not in (None, sqlite3.SQLITE_ERROR)
    return False


class Ledger(Protocol):
    """What the engine needs of a database.

    remote: its work is done by another process. passes_over: a claim leaves out lanes that another worker
    holds at that moment; else what a claim did not find is not there.
    """

    remote: bool
    passes_over: bool

    def claim(
        self, now_ms: int, capacity: int, token: str, ahead: Mapping[str, int] = NONE_AHEAD
    ) -> list[Claimed]:
        """Lease up to `capacity` due deliveries to the holder of `token`, fairly over webhooks.

        `ahead`: webhooks of which more may be leased than may be under way (`Claimed.at_once`), and how many of each
        the caller has leased.
        """

    def claim_apart(self, now_ms: int, capacity: int, token: str) -> list[Claimed]:
        """The same, each webhook in a transaction of its own: one that cannot be claimed is logged and left."""

    def rate_limited_until(self, now_ms: int) -> int | None:
        """When the next message may start that a speed limit holds back, or that was held and let go for a moment
        to come (ms); None: there is none."""

    def record(self, entries: Sequence[Entry], now_ms: int) -> None:
        """Write the outcomes of tries whose lease is still ours, and what they mean for their webhooks."""

    def give_back(self, claimed: Sequence[Claimed], token: str) -> None:
        """End the leases of deliveries that were claimed and not sent: they are due as before."""

    def webhooks(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of `webhook` with `secrets`: a list of (encrypted key, expires_at in ms or None)."""

    def store_request_templates(self, request_templates: Sequence[RequestTemplateRow]) -> None:
        """Store request templates that are not stored yet. Tries refer to them, so they come first."""

    def close(self) -> None:
        """Close the connection."""


def open_ledger(database_url: str) -> Ledger:
    """A ledger with a connection of its own, for one worker."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return SqliteLedger(url.database or "")
    return PostgresqlLedger(url.set(drivername="postgresql").render_as_string(hide_password=False))
