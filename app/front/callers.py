"""Who calls: the API key in a request's head, known before its body is read."""

from __future__ import annotations

from concurrent.futures import Executor

from flask import Flask

from app.api.authentication import bearer_in
from app.core.extensions import db
from app.core.times import utc_now
from app.front.remembered import Remembered
from app.front.requests import Environ, Head, environ_of, visitors_address
from app.models import ApiKey
from app.services.api_keys import digest_of, note_use, noted_lately, read_key


class Callers:
    """API keys, remembered for a second at most."""

    def __init__(self, app: Flask, pool: Executor) -> None:
        self._app = app
        self._pool = pool
        self.keys: Remembered[ApiKey | None] = Remembered(self._read, pool)

    async def key_of(self, head: Head) -> ApiKey | None:
        """The key that the request carries, if it may be used now. Raises what the database does."""
        text = bearer_in(head.header(b"authorization") or "")
        if not text:
            return None
        key = await self.keys.find(digest_of(text))
        return key if key is not None and key.usable(utc_now()) else None

    def note(self, key: ApiKey, head: Head) -> None:
        """This key was just used. At most once a minute there is something to write, in a thread."""
        if not noted_lately(key):
            self._pool.submit(self._note, key, environ_of(head.scope))

    def _note(self, key: ApiKey, environ: Environ) -> None:
        with self._app.app_context():
            try:
                note_use(key, visitors_address(self._app, environ))
            finally:
                db.session.remove()

    def _read(self, digest: str) -> ApiKey | None:
        with self._app.app_context():
            try:
                return read_key(digest)
            finally:
                db.session.remove()
