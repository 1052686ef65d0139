"""The driver's own connection: publishing runs for every event, and what SQLAlchemy adds to each statement (a
context, a result, its columns) made a fifth of what a call of `POST /events` cost the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Dialect, Engine
from sqlalchemy.exc import DBAPIError


@contextmanager
def borrowed(engine: Engine) -> Iterator[Any]:
    """A connection of the engine's pool as the driver has it, for as long as this lasts.

    Raises what SQLAlchemy would for an error of the driver, such as `IntegrityError`, and `OperationalError` if there
    is no server. If it went away, those that rest in the pool went with it: they are closed, so that the next
    call opens one.
    """
    with errors_as_sqlalchemys(engine.dialect):
        pooled = engine.raw_connection()
        try:
            yield pooled.dbapi_connection
        except engine.dialect.loaded_dbapi.Error as error:
            if engine.dialect.is_disconnect(error, pooled.dbapi_connection, None):
                pooled.invalidate(error)
                engine.dispose()
            raise
        finally:
            pooled.close()


@contextmanager
def errors_as_sqlalchemys(dialect: Dialect) -> Iterator[None]:
    """What the driver raises, as SQLAlchemy would raise it."""
    driver_error = dialect.loaded_dbapi.Error
    try:
        yield
    except driver_error as error:
        raise DBAPIError.instance(None, None, error, driver_error, dialect=dialect) from error
