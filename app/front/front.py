"""The ASGI application: reads each request, and answers it or has Flask answer it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask, request
from werkzeug.exceptions import BadRequest, RequestTimeout, TooManyRequests

from app.api.authentication import unauthorized
from app.api.blueprint import PREFIX
from app.api.events import BATCH_BYTES, EVENT_BYTES
from app.catalogue import load_catalogue
from app.core.doorbell import KEY_CHANGED, TYPES_CHANGED
from app.core.route_policy import INCOMING
from app.core.settings import Settings
from app.front import news
from app.front.bodies import Gone, Receive, TooLarge, discard, read_body
from app.front.bridge import Bridge, Send, WholeAnswer, error_answer, send_whole
from app.front.callers import Callers, own_space_id
from app.front.hosts import Hosts
from app.front.incoming import NewRecords
from app.front.publishing import DOORS, SCOPE, Door, ForFlask, Publishing
from app.front.requests import Environ, RequestHead, Scope, environ_of
from app.front.routes import Routes
from app.front.said_to_many import SaidToMany
from app.front.senders import Senders, TooManyBodies
from app.front.threads import Full, Threads
from app.services.other_servers import bind_threads

THREADS = 16
HELPERS = 4
# A body that was not read is taken in after the answer, unless it is so short that it came along with the head.
SHORT_BYTES = 16 * 1024
LIMITS = {"/api/v1/events": EVENT_BYTES, "/api/v1/events/batch": BATCH_BYTES}
# Addresses below it are asked for with a key, with or without a body.
API = f"{PREFIX}v1/"
CLOSE = ((b"connection", b"close"),)
# Who has too many bodies on their way is told to wait for so long: most of them are there by then, or given up.
COME_AGAIN_S = 20


class Front:
    """Made once for each process; runs in one event loop."""

    def __init__(self, app: Flask) -> None:
        load_catalogue()  # before anybody listens, and not by every thread at once
        self._settings: Settings = app.config["SETTINGS"]
        self._limit: int = app.config["MAX_CONTENT_LENGTH"]
        threads = Threads(THREADS, "request")
        with app.app_context():
            bind_threads(threads)
        helpers = ThreadPoolExecutor(HELPERS, "front")
        self._bridge = Bridge(app, threads)
        self._routes, self._hosts = Routes(app), Hosts(self._settings)
        self._callers, self._publishing = Callers(app, helpers), Publishing(app, helpers)
        self._new_records = NewRecords(app)
        self._senders = Senders(self._settings.trusted_proxies)
        self._unauthorized = _answer_without_key(app)
        self._broken = SaidToMany(app, BadRequest())
        self._too_slow = SaidToMany(app, RequestTimeout())
        self._too_many = SaidToMany(app, TooManyRequests(retry_after=COME_AGAIN_S))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI: lifespan and HTTP."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        head = RequestHead(scope)
        try:
            await self._answer(head, receive, send)
        except Gone:
            # Also a body that breaks the rules of HTTP ends so; whoever has really gone does not hear it.
            await send_whole(send, self._broken.answer(head.path), CLOSE)
        except Full:
            await send_whole(send, self._bridge.overloaded(environ_of(scope)), CLOSE)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self._begin(asyncio.get_running_loop())
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        self._publishing.begin(loop)
        self._new_records.begin(loop)
        remembered: dict[str, Any] = {
            KEY_CHANGED: self._callers.keys,
            TYPES_CHANGED: self._publishing.catalogues,
        }

        def changed(kind: str, name: str) -> None:
            if kind in remembered:
                loop.call_soon_threadsafe(remembered[kind].forget, name)

        news.listen(self._settings.redis_url, changed)

    async def _answer(self, head: RequestHead, receive: Receive, send: Send) -> None:
        if not head.has_body and not head.path.startswith(API):
            await self._bridge.answer(environ_of(head.scope), send)
            return
        refused = await self._refused(head)
        if refused is None:
            await self._with_body(head, receive, send)
            return
        if isinstance(refused, WholeAnswer):
            await send_whole(send, refused)
        else:
            await self._bridge.answer(refused, send)
        await self._discard(head, receive)

    async def _refused(self, head: RequestHead) -> WholeAnswer | Environ | None:
        """The answer to who may not call, or a request without a body to which Flask gives it; None: go on."""
        if not self._hosts.knows(head):
            return environ_of(head.scope)
        if head.path.startswith(INCOMING):
            return await self._refused_at_address(head)
        door = DOORS.get(head.path) if head.method == "POST" else None
        route = None if door else self._routes.find(head)
        scope = SCOPE if door else route.scope if route else None
        if scope is None:
            return environ_of(head.scope)  # no such address, or not with this method
        if not scope:
            return None
        try:
            key = await self._callers.key_of(head)
        except Exception as error:  # noqa: BLE001 (Flask knows the answer to each)
            return await self._bridge.answer_error(environ_of(head.scope), error)
        if key is None:
            return self._unauthorized
        head.key_id = key.id
        return None if key.allows(scope) else environ_of(head.scope)

    async def _refused_at_address(self, head: RequestHead) -> WholeAnswer | Environ | None:
        """The same of an incoming webhook: nobody's body is read at an address that is not there."""
        try:
            known = await self._callers.address_of(head)
        except Exception as error:  # noqa: BLE001 (Flask knows the answer to each)
            return await self._bridge.answer_error(environ_of(head.scope), error)
        return environ_of(head.scope) if known is None else None

    async def _with_body(self, head: RequestHead, receive: Receive, send: Send) -> None:
        if not head.has_body and head.path not in DOORS:
            await self._bridge.answer(environ_of(head.scope), send)
            return
        limit = LIMITS.get(head.path, self._limit)
        try:
            if head.declared_bytes > limit:
                raise TooLarge
            with self._senders.one_more(head):
                body = await read_body(receive, limit)
        except TooLarge:
            # Flask finds by its length that it is too large, if the call reads a body at all.
            length = max(head.declared_bytes, limit + 1)
            await self._bridge.answer(environ_of(head.scope, length=length), send)
            await discard(receive)
            return
        except RequestTimeout:
            await send_whole(send, self._too_slow.answer(head.path), CLOSE)
            return
        except TooManyBodies:
            await send_whole(send, self._too_many.answer(head.path), CLOSE)
            return
        await self._whole(head, body, send)

    async def _whole(self, head: RequestHead, body: bytes, send: Send) -> None:
        door = DOORS.get(head.path) if head.method == "POST" else None
        if door is not None:
            answer = await self._published(door, head, body)
            if answer is not None:
                await send_whole(send, answer)
                return
        environ = environ_of(head.scope, body)
        if head.method == "POST" and head.path.startswith(INCOMING):
            answer = await self._recorded(head, environ, body)
            if answer is not None:
                await send_whole(send, answer)
                return
        await self._bridge.answer(environ, send)

    async def _recorded(self, head: RequestHead, environ: Environ, body: bytes) -> WholeAnswer | None:
        """The answer to who made a record through an incoming address; None: Flask gives it."""
        try:
            address = await self._callers.address_of(head)
        except Exception:  # noqa: BLE001 (Flask knows the answer to each)
            return None
        return await self._new_records.answer(head, address, environ, body) if address else None

    async def _published(self, door: Door, head: RequestHead, body: bytes) -> WholeAnswer | None:
        """The answer to a publisher; None: Flask gives it."""
        try:
            key = await self._callers.key_of(head)  # again: it may have been revoked while the body came
            if key is None:
                return self._unauthorized
            space_id = own_space_id(key, head)
            if space_id is None:
                return None
            self._callers.note(key, head)
            return await self._publishing.answer(door, space_id, head, body)
        except ForFlask:
            return None
        except Exception as error:  # noqa: BLE001 (Flask knows the answer to each)
            return await self._bridge.answer_error(environ_of(head.scope, body), error)

    async def _discard(self, head: RequestHead, receive: Receive) -> None:
        if head.declared_bytes > SHORT_BYTES or b"transfer-encoding" in head.headers:
            await discard(receive)


def _answer_without_key(app: Flask) -> WholeAnswer:
    """401 is the same each time, so it is made once."""
    with app.test_request_context("/api/v1/events"):
        problem, environ = unauthorized(), request.environ
    return error_answer(app, environ, problem)
