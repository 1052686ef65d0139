"""Who calls: the API key in a request's head, or its incoming address, known before its body is read."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor

from flask import Flask

from app.api.authentication import bearer_in
from app.api.chosen_space import HEADER
from app.core.extensions import db
from app.core.route_policy import INCOMING
from app.core.times import utc_now
from app.front.remembered import Remembered
from app.front.requests import Environ, RequestHead, environ_of, visitors_address
from app.models import ApiKey, InstanceKey
from app.services.api_keys import digest_of, note_use, noted_lately, read_key
from app.services.incoming.addresses import KnownAddress, known_address
from app.services.instance_keys import is_instance_key, read_instance_key

_NAMED = HEADER.lower().encode()

Key = ApiKey | InstanceKey


class Callers:
    """Keys of spaces and of the instance, and incoming addresses, remembered for a second at most."""

    def __init__(self, app: Flask, pool: Executor) -> None:
        self._app = app
        self._pool = pool
        self.keys: Remembered[Key | None] = Remembered(self._read, pool)
        self._instance_keys: Remembered[Key | None] = Remembered(self._read_of_instance, pool)
        self._addresses: Remembered[KnownAddress | None] = Remembered(self._read_address, pool)

    async def key_of(self, head: RequestHead) -> Key | None:
        """The key that the request carries, if it may be used now. Raises what the database does."""
        text = bearer_in(head.header(b"authorization") or "")
        if not text:
            return None
        remembered = self._instance_keys if is_instance_key(text) else self.keys
        key = await remembered.find(digest_of(text))
        return key if key is not None and key.usable(utc_now()) else None

    def note(self, key: Key, head: RequestHead) -> None:
        """This key was just used. At most once a minute there is something to write, in a thread."""
        if isinstance(key, ApiKey) and not noted_lately(key):
            self._pool.submit(self._note, key, environ_of(head.scope))

    def _note(self, key: ApiKey, environ: Environ) -> None:
        with self._app.app_context():
            try:
                note_use(key, visitors_address(self._app, environ))
            finally:
                db.session.remove()

    async def address_of(self, head: RequestHead) -> KnownAddress | None:
        """The address of an incoming webhook that the path begins with, if any. Raises what the database does."""
        token = head.path.removeprefix(INCOMING).partition("/")[0]
        return await self._addresses.find(digest_of(token.encode("utf-8", "replace").decode()))

    def _read_address(self, digest: str) -> KnownAddress | None:
        with self._app.app_context():
            try:
                return known_address(digest)
            finally:
                db.session.remove()

    def _read(self, digest: str) -> Key | None:
        return self._read_by(read_key, digest)

    def _read_of_instance(self, digest: str) -> Key | None:
        return self._read_by(read_instance_key, digest)

    def _read_by(self, read: Callable[[str], Key | None], digest: str) -> Key | None:
        with self._app.app_context():
            try:
                return read(digest)
            finally:
                db.session.remove()


def own_space_id(key: Key, head: RequestHead) -> str | None:
    """The space of a key that is a space's own, and open; None: which space is meant, and whether it is, Flask says."""
    if isinstance(key, InstanceKey) or key.space_archived_at is not None or head.header(_NAMED) is not None:
        return None
    return key.space_id
