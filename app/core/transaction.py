"""One use case, one transaction; a use case that calls another shares it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from app.core.database import WRITE
from app.core.extensions import db

_OPEN = "hookdesk.transaction"


class _Open:
    """A transaction that is under way: what to do after its commit, and whether a part of it failed."""

    def __init__(self) -> None:
        self.after_commit: dict[Callable[[], None], None] = {}
        self.failed = False


@contextmanager
def transaction() -> Iterator[Session]:
    """A transaction that is going to write; committed at the end, rolled back on an exception.

    It ends the read transaction that the request opened before, and on SQLite takes the write lock at
    once: what is read inside is what is changed. Inside of another it joins that one: the outer commits, and
    an exception in the inner rolls back all of it, also if the outer catches it (then the outer raises RuntimeError).
    """
    session = db.session()
    if _OPEN in session.info:
        with _joined(session.info[_OPEN]):
            yield session
        return
    session.commit()
    session.connection(execution_options=WRITE)
    under_way = session.info[_OPEN] = _Open()
    try:
        yield session
        if under_way.failed:
            raise RuntimeError("A part of this transaction failed, so that none of it can be committed.")
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_OPEN]
    for do in under_way.after_commit:
        do()


def joinable() -> Session | None:
    """The session of the transaction that is under way here, if there is one."""
    if not db.session.registry.has():
        return None
    session = db.session()
    return session if _OPEN in session.info else None


def after_commit(session: Session, do: Callable[[], None]) -> None:
    """Do this once the transaction under way is committed; not at all if it is not. The same thing is done once.

    Raises RuntimeError outside of `transaction()`.
    """
    if _OPEN not in session.info:
        raise RuntimeError("There is no transaction() under way in this session.")
    session.info[_OPEN].after_commit[do] = None


@contextmanager
def _joined(under_way: _Open) -> Iterator[None]:
    try:
        yield
    except BaseException:
        under_way.failed = True
        raise
