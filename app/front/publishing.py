"""`POST /api/v1/events` and `/batch`, answered in the event loop: check, have it stored with others, answer.

Only what goes well is answered here. Whatever does not, Flask gets with the body that was read, and judges it anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from typing import Any, NamedTuple

import orjson
from flask import Flask

from app.api.body import object_in
from app.api.events import (
    BATCH_BYTES,
    EVENT_BYTES,
    KEY_HEADER,
    accepted,
    batch_accepted,
    batch_with_keys,
    with_key,
)
from app.catalogue import Catalogue
from app.core.extensions import db
from app.front.bridge import WholeAnswer, usual_headers
from app.front.remembered import Remembered
from app.front.requests import RequestHead
from app.services.event_types import catalogue_of
from app.services.events.group import EventGroups, KeyReused, Outcome, PublishCall
from app.services.events.publishing import MOST_ATTEMPTS, Published, rules_seen
from app.services.events.schema import CheckedEvent, check_events
from app.services.events.wanted import NotJudged

SCOPE = "events:write"
# Up to this size a body is checked in the event loop; more takes long enough to hold up others.
SMALL_BYTES = 16 * 1024
# Spaces whose event types are at hand in the event loop; the others cost a short query each.
CATALOGUES = 100


class Door(NamedTuple):
    """One of the two calls: how large a body may be, its events, and the answer for what was stored."""

    path: str
    at_most: int
    items: Callable[[dict[str, Any], str | None], Sequence[Any]]
    accepted: Callable[[list[Published]], tuple[Any, dict[str, str]]]
    batch: bool


DOORS = {
    door.path: door
    for door in (
        Door(
            "/api/v1/events",
            EVENT_BYTES,
            lambda body, key: [with_key(body, key)],
            lambda done: accepted(done[0]),
            batch=False,
        ),
        Door("/api/v1/events/batch", BATCH_BYTES, batch_with_keys, batch_accepted, batch=True),
    )
}


class ForFlask(Exception):
    """Something about the call is out of the ordinary."""


class Publishing:
    """Takes in events for every space."""

    def __init__(self, app: Flask, pool: Executor) -> None:
        """`pool`: threads for what would hold up the event loop."""
        self._app = app
        self._pool = pool
        self.catalogues: Remembered[Catalogue] = Remembered(self._read_catalogue, pool, CATALOGUES)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: dict[PublishCall, asyncio.Future[Outcome]] = {}
        self._groups: dict[bool, EventGroups] = {}
        self._headers = usual_headers(app, "/api/v1/events", 202)

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start storing; large calls by themselves, so that small ones do not wait for them."""
        self._loop = loop
        with self._app.app_context():
            engine, ring = db.engine, self._app.extensions["doorbell"].ring
        for large in (False, True):
            self._groups[large] = EventGroups(engine, ring, self._tell, "large events" if large else "events")

    async def answer(self, door: Door, space_id: str, head: RequestHead, body: bytes) -> WholeAnswer:
        """The answer once it is stored. Raises `ForFlask`, or the database's error if nothing could be stored."""
        small = len(body) <= SMALL_BYTES
        catalogue = await self.catalogues.find(space_id)
        key = head.header(KEY_HEADER.lower().encode())
        judge = (door, space_id, head, body, key, catalogue)
        loop = asyncio.get_running_loop()
        checked = _checked(*judge) if small else await loop.run_in_executor(self._pool, _checked, *judge)
        outcome = await self._judge_and_store(PublishCall(space_id, checked), large=not small)
        if isinstance(outcome, (KeyReused, NotJudged)):
            raise ForFlask
        if isinstance(outcome, Exception):
            raise outcome
        value, headers = door.accepted(outcome)
        more = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
        text = orjson.dumps(value)
        more.append((b"content-length", b"%d" % len(text)))
        return WholeAnswer(202, [*self._headers, *more], text)

    async def _judge_and_store(self, call: PublishCall, *, large: bool) -> Outcome:
        """What became of the call. Conditions are judged in the pool: they are a stranger's work."""
        types = frozenset(c.item.type for c in call.checked)
        loop = asyncio.get_running_loop()
        if seen := rules_seen.of(call.space_id, types):
            await loop.run_in_executor(self._pool, call.verdicts.judge, seen)
        outcome = await self._store(call, large=large)
        for _attempt in range(MOST_ATTEMPTS):
            if not isinstance(outcome, NotJudged):
                break
            await loop.run_in_executor(self._pool, call.verdicts.judge, outcome.rows)
            rules_seen.keep(call.space_id, types, outcome.rows)
            outcome = await self._store(call, large=large)
        return outcome

    def _store(self, call: PublishCall, *, large: bool) -> asyncio.Future[Outcome]:
        future = self._waiting[call] = asyncio.get_running_loop().create_future()
        self._groups[large].submit(call)
        return future

    def _tell(self, done: list[tuple[PublishCall, Outcome]]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell_all, done)

    def _tell_all(self, done: list[tuple[PublishCall, Outcome]]) -> None:
        for call, outcome in done:
            future = self._waiting.pop(call)
            if not future.done():  # a client that hung up is not told; its event is stored all the same
                future.set_result(outcome)

    def _read_catalogue(self, space_id: str) -> Catalogue:
        with self._app.app_context():
            try:
                return catalogue_of(space_id)
            finally:
                db.session.remove()


def _checked(
    door: Door, space_id: str, head: RequestHead, body: bytes, key: str | None, catalogue: Catalogue
) -> list[CheckedEvent]:
    """The events, checked by the same rules as Flask's. They run without its context here, in which alone a sentence
    can be made of what is wrong; so whatever is wrong ends as `ForFlask`."""
    if not is_plain_json(head):
        raise ForFlask
    try:
        return check_events(space_id, door.items(object_in(body), key), door.batch, catalogue)
    except Exception:  # noqa: BLE001 (as said)
        raise ForFlask from None


def is_plain_json(head: RequestHead) -> bool:
    """True if the head says that the body is JSON as it is."""
    kind = head.headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
    return kind == b"application/json" and b"content-encoding" not in head.headers
