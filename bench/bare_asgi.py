"""The least that a web server in Python can do: parse the JSON, answer 202. `granian --interface asgi`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson

HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"15")]


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Every request is an event."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    message = await receive()
    orjson.loads(message["body"])
    await send({"type": "http.response.start", "status": 202, "headers": HEADERS})
    await send({"type": "http.response.body", "body": b'{"status":"OK"}'})
