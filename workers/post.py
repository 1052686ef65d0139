"""The post room of a worker process: its app, its engine and its ear for the doorbell, made once."""

from __future__ import annotations

import logging
import threading
from functools import cache

from flask import Flask
from redis import Redis
from redis.client import PubSub
from redis.exceptions import RedisError

from app import create_app
from app.delivery.engine import Engine
from app.delivery.ledger import open_ledger
from app.outbound import TransferLoop
from app.queue import CHANNEL, FLAG
from app.services.housekeeping import keep_house

log = logging.getLogger(__name__)


class PostRoom:
    """What a worker process keeps warm between jobs: connections, prepared statements, settings."""

    def __init__(self, app: Flask) -> None:
        """`app` gives the settings and the vault."""
        settings = app.config["SETTINGS"]
        self.redis_url: str | None = settings.redis_url
        self.stopping = threading.Event()
        self._app = app
        self._redis = Redis.from_url(settings.redis_url, socket_timeout=5) if settings.redis_url else None
        self._ear: PubSub | None = None
        self._loop = TransferLoop(keep_alive=KEEP_ALIVE)
        self._engine = Engine(
            open_ledger(settings.database_url),
            self._loop,
            settings.outbound_policy(),
            app.extensions["vault"].unlock,
        )

    def deliver(self) -> int:
        """Deliver until nothing is due. Returns how many tries were made."""
        self._take_flag()
        return self._engine.run(self.stopping.is_set, self._keep_house, self._heard)

    def sweep(self) -> int:
        """Keep house, then deliver."""
        self._keep_house()
        return self.deliver()

    def close(self) -> None:
        """Close what was opened."""
        self._engine.close()

    def _keep_house(self) -> None:
        with self._app.app_context():
            keep_house()

    def _take_flag(self) -> None:
        """Before the first claim: a ring that comes from now on puts another job into the queue.

        So none falls between the last claim of this run and its end.
        """
        if self._redis is None:
            return
        try:
            self._redis.delete(FLAG)
            self._listen()
        except RedisError as error:
            log.warning("The doorbell is silent: %s", error)
            self._deaf()

    def _listen(self) -> None:
        """Hear rings while transfers are under way. Without Redis the engine's own tick finds new work."""
        if self._ear is None and self._redis is not None:
            ear = self._redis.pubsub(ignore_subscribe_messages=True)
            ear.subscribe(CHANNEL)
            self._loop.watch(ear.connection._sock)
            self._ear = ear

    def _heard(self) -> None:
        """Take the rings off the wire, so that the engine does not wake for them again."""
        try:
            while self._ear is not None and self._ear.get_message(timeout=0) is not None:
                pass
        except (RedisError, OSError) as error:
            log.warning("The doorbell is silent: %s", error)
            self._deaf()

    def _deaf(self) -> None:
        self._loop.watch(None)
        self._ear = None


@cache
def post_room() -> PostRoom:
    """The post room of this process, opened on first use."""
    return PostRoom(create_app())
