"""Other machines, as far as the network goes: Linux network namespaces, each with a cable to this one.

Needs root. What listens on this machine's loopback is reached from there through a `Gate`.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# An address of this machine that all of them reach.
HERE = "10.77.0.1"
_numbers = itertools.count(1)


@contextmanager
def reachable_address() -> Iterator[str]:
    """Give this machine an address that is not loopback's."""
    _ip("addr", "add", f"{HERE}/32", "dev", "lo")
    try:
        yield HERE
    finally:
        _ip("addr", "del", f"{HERE}/32", "dev", "lo")


class OtherMachine:
    """A namespace with a network of its own. `command` is what a command line begins with to run there."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.name = f"hookdesk-{os.getpid()}-{number}"
        self.address = f"10.77.{number}.2"
        self._near, self._far = f"hk{os.getpid() % 10_000}n{number}", f"hk{os.getpid() % 10_000}f{number}"
        self._gateway = f"10.77.{number}.1"

    @property
    def command(self) -> list[str]:
        """The beginning of a command line."""
        return ["ip", "netns", "exec", self.name]

    def start(self) -> None:
        """Lay the cable."""
        _ip("netns", "add", self.name)
        _ip("link", "add", self._near, "type", "veth", "peer", "name", self._far, "netns", self.name)
        _ip("addr", "add", f"{self._gateway}/24", "dev", self._near)
        _ip("link", "set", self._near, "up")
        _ip("-n", self.name, "addr", "add", f"{self.address}/24", "dev", self._far)
        _ip("-n", self.name, "link", "set", self._far, "up")
        _ip("-n", self.name, "link", "set", "lo", "up")
        _ip("-n", self.name, "route", "add", "default", "via", self._gateway)

    def stop(self) -> None:
        """Cut it; the namespace goes with its last process."""
        _ip("link", "del", self._near)
        _ip("netns", "del", self.name)


class Gate:
    """Lets other machines in to a loopback port, under the same number, and notes who came."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.callers: set[str] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def open(self) -> None:
        """Listen."""
        self._thread.start()
        server = asyncio.start_server(self._carry, HERE, self.port, backlog=1024)
        asyncio.run_coroutine_threadsafe(server, self._loop).result(10)

    def close(self) -> None:
        """Listen no more, and break off what is open."""
        asyncio.run_coroutine_threadsafe(_end_all(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.callers.add(writer.get_extra_info("peername")[0])
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        with suppress(asyncio.CancelledError):  # the gate was closed
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        writer.close()
        inner_writer.close()


async def _end_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0.1)  # the connections end in their own time


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()} (this needs root and iproute2)")
