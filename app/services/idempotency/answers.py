"""Reserve a key before the call is done, keep its answer afterwards.

A call whose process ended in the middle stays reserved: nobody knows what it did, and doing it again might do it twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import Delete, delete, select
from sqlalchemy.exc import IntegrityError

from app.core.encryption import Vault
from app.core.errors import Conflict
from app.core.extensions import db
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models.idempotent_answer import IdempotentAnswer

KEPT_FOR = timedelta(hours=24)
# Of old ones at a time.
STEP = 500


class KeyedCall(NamedTuple):
    """A call by what tells it from others. `route`: method and path; `request_hash`: of what it asked for."""

    space_id: str
    route: str
    key: str
    request_hash: bytes


class RememberedAnswer(NamedTuple):
    """An answer that was given before. `body`: JSON."""

    status: int
    body: bytes
    location: str | None


def begin(call: KeyedCall) -> RememberedAnswer | None:
    """Reserve the key for this call; what it was answered before, if it was.

    Raises `Conflict`: "idempotency_key_reused" if the key came with another request, "idempotency_key_in_use" while
    the first call is under way.
    """
    try:
        return _begin(call)
    except IntegrityError:  # another process reserved it between our look and our insert: look again
        return _begin(call)


def finish(call: KeyedCall, answer: RememberedAnswer) -> None:
    """Keep the answer of a call that `begin` let through."""
    with transaction() as session:
        row = session.get(IdempotentAnswer, call[:3], populate_existing=True)
        if row is not None:
            row.status, row.location = answer.status, answer.location
            row.answer = _vault().encrypt(answer.body.decode())


def forget(call: KeyedCall) -> None:
    """The call was refused and did nothing: the key is free again, also for a corrected body."""
    with transaction() as session:
        session.execute(_row(call))


def forget_old() -> int:
    """Remove a few answers that are older than a day; returns how many."""
    old = select(IdempotentAnswer).where(IdempotentAnswer.created_at < utc_now() - KEPT_FOR).limit(STEP)
    if db.session.execute(old.limit(1)).first() is None:
        return 0
    with transaction() as session:
        rows = session.scalars(old.with_for_update(skip_locked=True)).all()
        for row in rows:
            session.delete(row)
    return len(rows)


def _begin(call: KeyedCall) -> RememberedAnswer | None:
    with transaction() as session:
        row = session.get(IdempotentAnswer, call[:3], populate_existing=True)
        if row is not None and row.created_at < utc_now() - KEPT_FOR:
            session.execute(_row(call))
            session.expunge(row)
            row = None
        if row is None:
            session.add(IdempotentAnswer(**call._asdict()))
            return None
        return _remembered(call, row)


def _remembered(call: KeyedCall, row: IdempotentAnswer) -> RememberedAnswer:
    if row.request_hash != call.request_hash:
        said = _("The idempotency key “%(key)s” was used before for a different request.", key=call.key)
        raise Conflict("idempotency_key_reused", said)
    if row.status is None or row.answer is None:
        said = _(
            "The first call with the idempotency key “%(key)s” has no answer yet. Send it again in a moment; "
            "if this stays, look whether it was done, and use another key.",
            key=call.key,
        )
        raise Conflict("idempotency_key_in_use", said)
    return RememberedAnswer(row.status, _vault().decrypt(row.answer).encode(), row.location)


def _row(call: KeyedCall) -> Delete:
    space_id, route, key, _hash = call
    return delete(IdempotentAnswer).where(
        IdempotentAnswer.space_id == space_id, IdempotentAnswer.route == route, IdempotentAnswer.key == key
    )


def _vault() -> Vault:
    vault: Vault = current_app.extensions["vault"]
    return vault
