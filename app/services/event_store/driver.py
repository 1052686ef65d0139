"""The driver's own connection: publishing runs for every event, and what SQLAlchemy adds to each statement (a
context, a result, its columns) made a fifth of what a call of `POST /events` cost the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError


@contextmanager
def borrowed(engine: Engine) -> Iterator[Any]:
    """A connection of the engine's pool as the driver has it, for as long as this lasts.

    Raises what SQLAlchemy would for an error of the driver, such as `IntegrityError` and `OperationalError`. If the
    server went away, those that rest in the pool went with it: they are closed, so that the next call opens one.
    """
    driver_error = engine.dialect.loaded_dbapi.Error
    pooled = engine.raw_connection()
    try:
        yield pooled.dbapi_connection
    except driver_error as error:
        broken = engine.dialect.is_disconnect(error, pooled.dbapi_connection, None)
        if broken:
            pooled.invalidate(error)
            engine.dispose()
        raise DBAPIError.instance(
            None, None, error, driver_error, connection_invalidated=broken, dialect=engine.dialect
        ) from error
    finally:
        pooled.close()
