"""A real redis-server of the tests' own, which can be stopped, frozen and emptied."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import redis

from ops.parent_death_signal import end_with_parent
from ops.private_redis import find_redis_server
from tests.machine.ports import free_port

READY_S = 10.0


class RedisServer:
    """One redis-server on a loopback port; its address stays the same from start to start."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._frozen = False

    @property
    def url(self) -> str:
        """Its REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self) -> redis.Redis:
        """A new connection to it; the caller closes it."""
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def start(self) -> None:
        """Start it, empty, if it does not run, and wait until it answers."""
        if self._process is not None and self._process.poll() is None:
            self.thaw()
            return
        program = find_redis_server()
        if program is None:
            raise RuntimeError("There is no redis-server: run `sh ops/test_machine.sh`.")
        options = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "save": "", "appendonly": "no"}
        words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
        self._process = subprocess.Popen(
            [program, *words, "--maxmemory-policy", "noeviction"],
            stdout=subprocess.DEVNULL,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 (it calls prctl, no Python locks)
        )
        self._wait_until_ready()

    def stop(self) -> None:
        """Kill it; everything in it is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process, self._frozen = None, False

    def restart_empty(self) -> None:
        """Kill it and start it again."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """It takes connections, but answers nothing."""
        self._signal(signal.SIGSTOP)
        self._frozen = True

    def thaw(self) -> None:
        """It goes on."""
        if self._frozen:
            self._signal(signal.SIGCONT)
            self._frozen = False

    def flush(self) -> None:
        """Everything in it is lost; connections stay."""
        with self.client() as client:
            client.flushall()

    def reset(self) -> None:
        """Make it run, awake and empty: what every test finds."""
        self.start()
        self.flush()

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_S
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except redis.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.01)
