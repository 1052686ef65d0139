"""New records through incoming addresses, answered in the event loop: check, have it stored with others, answer.

Only what goes well is answered here, as with published events. Whatever does not, Flask gets, and judges it anew.
"""

from __future__ import annotations

import asyncio

from flask import Flask

from app.api.body import object_in
from app.api.incoming.door import RATE_KEPT
from app.core.route_policy import INCOMING
from app.front.bridge import WholeAnswer, usual_headers
from app.front.publishing import SMALL_BYTES, is_plain_json
from app.front.requests import Environ, RequestHead, visitors_address
from app.services.incoming.addresses import KnownAddress
from app.services.incoming.calls import ArrivedCall
from app.services.incoming.group import METHOD, NewRecord, RecordGroups
from app.services.incoming.record_calls import COLLECTION, place_at
from app.services.incoming.tools import tool_at
from app.services.records import kind_named
from app.services.records.checking import checked


class NewRecords:
    """Takes in new records for every space."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[NewRecord, asyncio.Future[bytes | None]] = {}
        self._groups: RecordGroups | None = None
        self._headers = usual_headers(app, f"{INCOMING}token", 201)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start storing."""
        self._loop, self._groups = loop, RecordGroups(self._app, self._tell)

    async def answer(
        self, head: RequestHead, address: KnownAddress, environ: Environ, body: bytes
    ) -> WholeAnswer | None:
        """The answer once the record is stored; None: Flask gives it. What it must know, `environ` then says."""
        new = self._read(head, address, environ, body)
        if new is None or self._groups is None:
            return None
        future = self._waiting[new] = asyncio.get_running_loop().create_future()
        self._groups.submit(new)
        made = await future
        if made is None:
            if new.rate_kept:
                environ[RATE_KEPT] = True
            return None
        return WholeAnswer(201, [*self._headers, (b"content-length", b"%d" % len(made))], made)

    def _read(
        self, head: RequestHead, address: KnownAddress, environ: Environ, body: bytes
    ) -> NewRecord | None:
        """What the call wants. None if it is no new record, or if anything about it is out of the ordinary."""
        if len(body) > SMALL_BYTES or not is_plain_json(head):
            return None
        token, _slash, path = head.path.removeprefix(INCOMING).partition("/")
        try:
            tool, rest = tool_at(path)
            place = place_at(tool.key, rest)
            if place.shape != COLLECTION:
                return None
            values = checked(kind_named(place.kind), object_in(body), new=True)
        except Exception:  # noqa: BLE001 (outside of Flask's context no sentence can be made of what is wrong)
            return None
        call = ArrivedCall(visitors_address(self._app, dict(environ)), METHOD, f"/{path}")
        return NewRecord(token, address, tool, place.kind, values, call)

    def _tell(self, done: list[tuple[NewRecord, bytes | None]]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell_all, done)

    def _tell_all(self, done: list[tuple[NewRecord, bytes | None]]) -> None:
        for new, made in done:
            future = self._waiting.pop(new)
            if not future.done():  # a client that hung up is not told; its record is stored all the same
                future.set_result(made)
