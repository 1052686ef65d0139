"""Who calls: the API key in a request's head, known before its body is read."""

from __future__ import annotations

from concurrent.futures import Executor

from flask import Flask

from app.api.authentication import bearer_in
from app.core.extensions import db
from app.core.times import utc_now
from app.front.remembered import Remembered
from app.front.requests import Head
from app.models import ApiKey
from app.services.api_keys import digest_of, read_key


class Callers:
    """API keys, remembered for a second at most."""

    def __init__(self, app: Flask, pool: Executor) -> None:
        self._app = app
        self.keys: Remembered[ApiKey | None] = Remembered(self._read, pool)

    async def key_of(self, head: Head) -> ApiKey | None:
        """The key that the request carries, if it may be used now. Raises what the database does."""
        text = bearer_in(head.header(b"authorization") or "")
        if not text:
            return None
        key = await self.keys.find(digest_of(text))
        return key if key is not None and key.usable(utc_now()) else None

    def _read(self, digest: str) -> ApiKey | None:
        with self._app.app_context():
            try:
                return read_key(digest)
            finally:
                db.session.remove()
