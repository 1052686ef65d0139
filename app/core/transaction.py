"""One use case, one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.core.database import WRITE
from app.core.extensions import db


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction that is going to write; committed at the end, rolled back on an exception.

    It ends the read transaction that the request opened before, and on SQLite takes the write lock at
    once: what is read inside is what is changed.
    """
    session = db.session()
    session.commit()
    session.connection(execution_options=WRITE)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
