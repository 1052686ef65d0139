"""The few settings that starting needs. The app reads and checks all of them itself (`app.core.settings`)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from ops.trouble import Trouble

ROOT = Path(__file__).resolve().parent.parent
# Each web process may hold 30 connections to the database, whose own limit is usually 100.
MOST_BY_DEFAULT, MOST = 3, 64
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (compared, not bound)


@dataclass(frozen=True, slots=True)
class StartSettings:
    """Where to listen, where data lies, and the Redis to use (None: start a private one)."""

    host: str
    port: int
    base_url: str | None
    redis_url: str | None
    instance_dir: Path
    web_processes: int = 1

    @property
    def near_host(self) -> str:
        """The host to dial from this machine."""
        return ANY_ADDRESS.get(self.host, self.host)

    @property
    def near_url(self) -> str:
        """The address of the web server, seen from this machine."""
        host = f"[{self.near_host}]" if ":" in self.near_host else self.near_host
        return f"http://{host}:{self.port}"


def read_start_settings() -> StartSettings:
    """Read them from the environment, which wins over `.env`. Raises `Trouble` if PORT is no port."""
    values = {**dotenv_values(ROOT / ".env"), **os.environ}
    return StartSettings(
        host=values.get("HOST") or "127.0.0.1",
        port=_port(values.get("PORT") or "8000"),
        base_url=values.get("BASE_URL") or None,
        redis_url=values.get("REDIS_URL") or None,
        instance_dir=(ROOT / (values.get("INSTANCE_DIR") or "instance")).resolve(),
        web_processes=_web_processes(values.get("WEB_PROCESSES"), values.get("DATABASE_URL") or ""),
    )


def _web_processes(text: str | None, database_url: str) -> int:
    """One for every two cores on PostgreSQL; one on SQLite, which one process at a time may write.

    The other cores are for the database and the worker, and fewer processes store larger groups of events together.
    """
    if text is None or not text.strip():
        if not database_url.startswith("postgres"):
            return 1
        return max(1, min((os.cpu_count() or 1) // 2, MOST_BY_DEFAULT))
    if text.isascii() and text.isdigit() and 0 < int(text) <= MOST:
        return int(text)
    raise Trouble(f"WEB_PROCESSES must be a whole number from 1 to {MOST}, not {text!r}.")


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise Trouble(f"PORT must be a whole number from 1 to 65535, not {text!r}.")
