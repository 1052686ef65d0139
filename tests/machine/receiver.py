"""A receiver of webhooks: a real HTTP server on loopback that answers as it is told and keeps what it got."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.machine.ports import free_port


@dataclass(frozen=True, slots=True)
class Received:
    """One request, as it came."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    at: float

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to answer: after `delay_s` seconds, or never (`silent`), or by closing the connection (`cut`)."""

    status: int = 200
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    delay_s: float = 0.0
    silent: bool = False
    cut: bool = False

    def as_bytes(self) -> bytes:
        """The answer on the wire."""
        lines = [f"HTTP/1.1 {self.status} Answer", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


class Receiver:
    """Answers 200 until told otherwise. Its port stays the same when it is stopped and started again."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.port = free_port()
        self._tls = tls
        self._default = Answer()
        self._by_path: dict[str, Answer] = {}
        self._queue: deque[Answer] = deque()
        self._requests: list[Received] = []
        self._news = threading.Condition()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._connections: set[asyncio.Transport] = set()

    @property
    def url(self) -> str:
        """Its address."""
        return self.at("/hook")

    def at(self, path: str) -> str:
        """Its address with another path."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}{path}"

    def answer(self, *answers: Answer) -> None:
        """Answer the next requests with these, one after the other; they come before all others."""
        self._queue.extend(answers)

    def always(self, answer: Answer, path: str | None = None) -> None:
        """Answer every request, or every one to that path, with this from now on."""
        if path is None:
            self._default = answer
        else:
            self._by_path[path] = answer

    @property
    def requests(self) -> list[Received]:
        """What it got so far."""
        with self._news:
            return list(self._requests)

    def wait_for(self, count: int = 1, seconds: float = 30.0) -> list[Received]:
        """Wait until it got that many requests in all. Raises `TimeoutError` if it does not."""
        with self._news:
            if self._news.wait_for(lambda: len(self._requests) >= count, seconds):
                return list(self._requests)
        raise TimeoutError(f"{len(self._requests)} of {count} requests came within {seconds} s")

    def forget(self) -> None:
        """Forget the requests so far."""
        with self._news:
            self._requests.clear()

    def start(self) -> Receiver:
        """Listen, if it does not."""
        if self._thread is None:
            listening = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(listening,), daemon=True)
            self._thread.start()
            if not listening.wait(5):
                raise RuntimeError(f"The receiver cannot listen on port {self.port}.")
        return self

    def stop(self) -> None:
        """Refuse connections from now on, and cut those there are."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            self._thread = self._loop = None

    def take(self, request: Received) -> Answer:
        """Keep a request and choose the answer. Called by the connections."""
        with self._news:
            self._requests.append(request)
            self._news.notify_all()
        if self._queue:
            return self._queue.popleft()
        return self._by_path.get(request.path.partition("?")[0], self._default)

    def _run(self, listening: threading.Event) -> None:
        self._loop = loop = asyncio.new_event_loop()
        started = loop.create_server(
            lambda: _Connection(self, self._connections), "127.0.0.1", self.port, ssl=self._tls, backlog=1024
        )
        server = loop.run_until_complete(started)
        listening.set()
        loop.run_forever()
        server.close()
        for transport in list(self._connections):
            transport.abort()
        loop.run_until_complete(asyncio.sleep(0))
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class _Connection(asyncio.Protocol):
    """Enough of HTTP/1.1 for what senders of webhooks say: one request after the other, length known."""

    def __init__(self, receiver: Receiver, connections: set[asyncio.Transport]) -> None:
        self._receiver = receiver
        self._connections = connections
        self._data = bytearray()

    def connection_made(self, transport: Any) -> None:
        self._transport: asyncio.Transport = transport
        self._connections.add(transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (request := self._next_request()) is not None:
            self._reply(self._receiver.take(request))

    def _next_request(self) -> Received | None:
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._data[:end].decode("latin-1").split("\r\n")
        headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        named = {name.lower(): value for name, value in headers}
        length = int(named.get("content-length", 0))
        if named.get("expect", "").lower() == "100-continue" and len(self._data) == end + 4:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if len(self._data) < end + 4 + length:
            return None
        body = bytes(self._data[end + 4 : end + 4 + length])
        del self._data[: end + 4 + length]
        method, path, _ = first.split(" ", 2)
        return Received(method, path, headers, body, time.time())

    def _reply(self, answer: Answer) -> None:
        if answer.cut:
            self._transport.abort()
        elif answer.delay_s and not answer.silent:
            asyncio.get_running_loop().call_later(answer.delay_s, self._write, answer)
        elif not answer.silent:
            self._write(answer)

    def _write(self, answer: Answer) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer.as_bytes())
