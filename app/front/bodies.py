"""Reading bodies in the event loop: within a limit and a deadline, and holding no thread meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import RequestTimeout

Receive = Callable[[], Awaitable[dict[str, Any]]]

# A body has this long, and a second more for each so many bytes that have come.
PATIENT_S = 20.0
SLOWEST_BYTES_S = 64 * 1024
# What nobody is going to read is taken in for so long and so far: who sends it all before listening gets the answer.
DISCARD_S, DISCARD_BYTES = 5.0, 64 * 1024 * 1024


class TooLarge(Exception):
    """There is more than the limit."""


class Gone(Exception):
    """The client hung up before the body was there."""


async def read_body(receive: Receive, at_most: int) -> bytes:
    """The whole body. Raises `TooLarge`, `Gone`, and werkzeug's `RequestTimeout` (408) for one that is too slow."""
    message = await _next(receive, PATIENT_S)
    if not message.get("more_body"):  # most fit into one piece
        if len(message["body"]) > at_most:
            raise TooLarge
        return bytes(message["body"])
    return await _read_on(receive, message["body"], at_most)


async def _read_on(receive: Receive, first: bytes, at_most: int) -> bytes:
    started, body = _now(), bytearray(first)
    while True:
        if len(body) > at_most:
            raise TooLarge
        message = await _next(receive, started + PATIENT_S + len(body) / SLOWEST_BYTES_S - _now())
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    if len(body) > at_most:
        raise TooLarge
    return bytes(body)


async def discard(receive: Receive) -> None:
    """Take in what is left of a body after the answer was sent, for a moment."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DISCARD_S):
            taken, more = 0, True
            while more and taken < DISCARD_BYTES:
                message = await receive()
                taken += len(message.get("body", b""))
                more = message.get("more_body", False)


async def _next(receive: Receive, seconds: float) -> dict[str, Any]:
    if seconds <= 0:
        raise RequestTimeout
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
    except TimeoutError:
        raise RequestTimeout from None
    if message["type"] != "http.request":
        raise Gone
    return message


def _now() -> float:
    return asyncio.get_running_loop().time()
