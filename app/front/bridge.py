"""Flask behind the front: a request runs in a thread, and its answer goes out from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, NamedTuple

from flask import Flask
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response

from app.api.answers import answer
from app.front.requests import Environ
from app.front.threads import Threads

Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

# An answer up to this size leaves its thread at once, however slowly it is read.
WHOLE_BYTES = 2 * 1024 * 1024


class WholeAnswer(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class Bridge:
    """Runs a Flask application in a pool of threads."""

    def __init__(self, app: Flask, threads: Threads) -> None:
        self.app = app
        self._threads = threads

    async def answer(self, environ: Environ, send: Send) -> None:
        """Have Flask answer, and send that."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._threads.submit(lambda: _BridgedCall(self.app, environ, send, loop, done).run())
        await done

    async def answer_error(self, environ: Environ, error: Exception) -> WholeAnswer:
        """What Flask answers when a request ends with this error."""
        loop = asyncio.get_running_loop()
        made: asyncio.Future[WholeAnswer] = loop.create_future()
        self._threads.submit(lambda: _tell(loop, made, lambda: error_answer(self.app, environ, error)))
        return await made

    def overloaded(self, environ: Environ) -> WholeAnswer:
        """503, made in the calling thread: there is no other."""
        return error_answer(self.app, environ, ServiceUnavailable(retry_after=1))


async def send_whole(send: Send, answer: WholeAnswer, more: Iterable[tuple[bytes, bytes]] = ()) -> None:
    """Send an answer, with more headers."""
    headers = [*answer.headers, *more]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def error_answer(app: Flask, environ: Environ, error: Exception) -> WholeAnswer:
    """An error as the face that the request was for answers it, with the headers that every answer carries."""
    with app.request_context(environ):
        response = app.make_response(app.handle_user_exception(error))
        return answer_of(app.process_response(response))


def answer_of(response: Response) -> WholeAnswer:
    """A response of Flask's, whole."""
    return WholeAnswer(response.status_code, _headers(response.headers.items()), response.get_data())


def usual_headers(app: Flask, path: str, status: int) -> Headers:
    """The headers of an answer in JSON to a POST there, as Flask makes them; without its length."""
    with app.test_request_context(path, method="POST"):
        made = answer_of(app.process_response(answer({}, status)))  # type: ignore[arg-type]
    return [(name, value) for name, value in made.headers if name != b"content-length"]


def _headers(pairs: Iterable[tuple[str, str]]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], make: Callable[[], Any]) -> None:
    """Give a future what `make` returns or raises, from another thread."""
    try:
        value = make()
    except Exception as error:  # noqa: BLE001 (it is raised where the future is awaited)
        loop.call_soon_threadsafe(_fail, future, error)
    else:
        loop.call_soon_threadsafe(_succeed, future, value)


def _succeed(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)


class _BridgedCall:
    """One request in its thread."""

    def __init__(
        self,
        app: Flask,
        environ: Environ,
        send: Send,
        loop: asyncio.AbstractEventLoop,
        done: asyncio.Future[None],
    ) -> None:
        self._app, self._environ, self._send = app, environ, send
        self._loop, self._done = loop, done
        self._start: dict[str, Any] = {}

    def run(self) -> None:
        """Answer it. An answer that is whole is sent by the event loop; a longer one piece by piece from here."""
        try:
            whole = self._run()
        except Exception as error:  # noqa: BLE001 (it is raised where the future is awaited)
            self._loop.call_soon_threadsafe(_fail, self._done, error)
            return
        self._loop.call_soon_threadsafe(self._finish, whole)

    def _run(self) -> bytes | None:
        """The whole body; None: it was sent piece by piece."""
        pieces = self._app.wsgi_app(self._environ, self._started)
        try:
            begun, rest = _first_part(iter(pieces), b"content-length" in dict(self._start["headers"]))
            if rest is None:
                return begun
            self._stream(begun, rest)
            return None
        finally:
            if hasattr(pieces, "close"):
                pieces.close()

    def _started(self, status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Any:
        number = int(status.split(" ", 1)[0])
        self._start = {"type": "http.response.start", "status": number, "headers": _headers(headers)}

    def _finish(self, whole: bytes | None) -> None:
        task = self._loop.create_task(self._send_rest(whole))
        task.add_done_callback(lambda _task: _succeed(self._done, None))

    async def _send_rest(self, whole: bytes | None) -> None:
        if whole is not None:
            await self._send(self._start)
        await self._send({"type": "http.response.body", "body": whole or b""})

    def _stream(self, begun: bytes, rest: Iterator[bytes]) -> None:
        self._now(self._start)
        self._now({"type": "http.response.body", "body": begun, "more_body": True})
        for piece in rest:
            self._now({"type": "http.response.body", "body": piece, "more_body": True})

    def _now(self, message: dict[str, Any]) -> None:
        """Send, and wait until it went out: a slow reader is not read ahead for."""
        asyncio.run_coroutine_threadsafe(_as_coroutine(self._send(message)), self._loop).result()


async def _as_coroutine(sending: Awaitable[None]) -> None:
    await sending


def _first_part(pieces: Iterator[bytes], length_is_known: bool) -> tuple[bytes, Iterator[bytes] | None]:
    """The body as far as it may leave its thread at once, and what follows; None: nothing does.

    Flask says the length of what it has whole. Where it does not, pieces are made one by one, and each is wanted now.
    """
    begun = bytearray()
    for piece in pieces:
        begun += piece
        if len(begun) > WHOLE_BYTES or (begun and not length_is_known):
            return bytes(begun), pieces
    return bytes(begun), None
