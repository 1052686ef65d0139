"""The worker runtime of a worker process: its app, its engine and its ear for the doorbell, made once."""

from __future__ import annotations

import logging
import threading
from functools import cache

from flask import Flask
from redis import Redis
from redis.client import PubSub, PubSubWorkerThread
from redis.exceptions import RedisError

from app import create_app
from app.core.doorbell import CHANNEL, FLAG, QUEUE
from app.core.extensions import db
from app.ledger.leases import open_ledger
from app.sending.engine.engine import Engine
from app.sending.tokens import TokenStore
from app.services.sender_identity import sender_identity

# After an attempt the engine waits so long for the next ring: to come back for it by way of a job takes milliseconds.
LINGER_S = 2.0

log = logging.getLogger(__name__)


class WorkerRuntime:
    """What a worker process keeps warm between jobs: connections, prepared statements, settings."""

    queue = QUEUE
    needs_sweeps = True

    def __init__(self, app: Flask) -> None:
        """`app` gives the settings and the vault."""
        settings = app.config["SETTINGS"]
        self.redis_url: str | None = settings.redis_url
        self.stopping = threading.Event()
        self.app = app
        self._redis = Redis.from_url(settings.redis_url, socket_timeout=5) if settings.redis_url else None
        self._ear: PubSubWorkerThread | None = None
        vault = app.extensions["vault"]
        with app.app_context():
            token_store, head = TokenStore(db.engine, vault), sender_identity()
        self._engine = Engine(
            open_ledger(settings.database_url),
            settings.outbound_policy(),
            vault.decrypt,
            token_store=token_store,
            sender_identity=head,
        )

    def deliver(self) -> int:
        """Deliver until nothing is due and nobody rings any more. Returns how many attempts were made."""
        self._take_flag()
        return self._engine.run(self.stopping.is_set, LINGER_S if self._ear is not None else 0.0)

    def sweep(self) -> int:
        """Deliver what is due, also where no ring was heard."""
        self._take_flag()
        return self._engine.run(self.stopping.is_set)

    def close(self) -> None:
        """Close what was opened."""
        if self._ear is not None:
            self._ear.stop()
        self._engine.close()

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

    def _listen(self) -> None:
        """Hear rings while transfers are under way. Without Redis the engine's own tick finds new work."""
        if self._redis is None or (self._ear is not None and self._ear.is_alive()):
            return
        pubsub = self._redis.pubsub(ignore_subscribe_messages=True)
        pubsub.subscribe(**{CHANNEL: lambda _message: self._engine.ring()})
        self._ear = pubsub.run_in_thread(sleep_time=60, daemon=True, exception_handler=_end_listening)


def _end_listening(error: BaseException, _pubsub: PubSub, thread: PubSubWorkerThread) -> None:
    """Redis went away: this thread ends, and the next job listens anew."""
    log.warning("The doorbell is silent: %s", error)
    thread.stop()


@cache
def worker_runtime() -> WorkerRuntime:
    """The worker runtime of this process, opened on first use."""
    return WorkerRuntime(create_app(faces=False))
