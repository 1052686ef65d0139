"""Guessing passwords is slow for the stranger who guesses, and nobody else notices (security.md).

Wrong passwords are counted for an account together with where they came from (the *origin*: a browser that this
person has logged in with before, else the network), for a network, and for an account from all new browsers.
Nobody waits inside the web server: who is too early is told when to come back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from app.core.errors import ServiceError
from app.core.extensions import db
from app.core.ids import new_id
from app.core.times import utc_now
from app.core.transaction import transaction
from app.models import LoginFailure

COUNTED_FOR = timedelta(hours=24)
# Wrong passwords without a wait; each further one doubles the wait from 1 s to the longest.
FREE_FOR_ACCOUNT, LONGEST_FOR_ACCOUNT_S = 5, 900
FREE_FOR_NETWORK, LONGEST_FOR_NETWORK_S = 20, 60
# All the networks of the world together get this many guesses a day at one account.
MOST_FOR_ACCOUNT = 2000
# Passwords of strangers that are looked at at once: each costs a core 50 ms and 64 MB, and half of the cores stay
# free for everybody else.
STRANGERS_AT_ONCE = max(2, (os.cpu_count() or 1) // 2)
BUSY_S = 1
DEVICE = "device:"

_strangers = threading.BoundedSemaphore(STRANGERS_AT_ONCE)


class TooManyFailures(ServiceError):
    """Too early after too many wrong passwords; `retry_after_s` says when to come back."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a password comes from. `device`: the browser's id if its person has logged in with it before."""

    ip: str
    device: str | None = None

    @property
    def key(self) -> str:
        """What its failures are counted under."""
        return f"{DEVICE}{self.device}"[:64] if self.device else network_of(self.ip)


def count_try(email: str, origin: Origin, most: int = MOST_FOR_ACCOUNT) -> str:
    """Count a failure before the password is looked at, so that many at once are no way around.

    Whoever turns out to be right takes it back with `forgive`. Returns its id; raises `TooManyFailures`, and
    what is refused does not count: asking again makes no wait longer. `most`: guesses a day of all strangers.
    """
    failure_id = new_id("lgf")
    with transaction() as session:
        session.add(LoginFailure(id=failure_id, email=email, ip=origin.key, at=utc_now()))
    if wait := _wait_s(email, origin, failure_id, most):
        with transaction() as session:
            session.execute(delete(LoginFailure).where(LoginFailure.id == failure_id))
        raise TooManyFailures(wait)
    return failure_id


def forgive(session: Session, email: str, origin: Origin, failure_id: str) -> None:
    """The password was right: the mistakes made from the same origin are forgotten, a stranger's elsewhere are not."""
    own = (LoginFailure.email == email) & (LoginFailure.ip == origin.key)
    session.execute(delete(LoginFailure).where(own | (LoginFailure.id == failure_id)))
    session.execute(delete(LoginFailure).where(LoginFailure.at < utc_now() - COUNTED_FOR))


def take_back(session: Session, _email: str, _origin: Origin, failure_id: str) -> None:
    """This try was no mistake; those made before stay counted."""
    session.execute(delete(LoginFailure).where(LoginFailure.id == failure_id))


@contextmanager
def room_to_look(origin: Origin) -> Iterator[None]:
    """Room to check one password: a few for all strangers together, and always some for a known browser.

    Raises `TooManyFailures` at once if there is none.
    """
    if origin.device:
        yield
        return
    if not _strangers.acquire(blocking=False):
        raise TooManyFailures(BUSY_S)
    try:
        yield
    finally:
        _strangers.release()


def network_of(ip: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip.replace("\0", "")[:64]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((int(address), 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)


def _wait_s(email: str, origin: Origin, own_id: str, most: int) -> int:
    """Whole seconds until this account may be tried from there; 0: now."""
    account, from_here = LoginFailure.email == email, LoginFailure.ip == origin.key
    waits = [_after(account & from_here, own_id, FREE_FOR_ACCOUNT, LONGEST_FOR_ACCOUNT_S)]
    if origin.device is None:
        waits.append(_after(from_here, own_id, FREE_FOR_NETWORK, LONGEST_FOR_NETWORK_S))
        waits.append(_until_below_most(account, most))
    return max(waits)


def _after(condition: ColumnElement[bool], own_id: str, free: int, longest_s: int) -> int:
    since = utc_now() - COUNTED_FOR
    query = select(func.count(), func.max(LoginFailure.at)).where(
        condition, LoginFailure.at > since, LoginFailure.id != own_id
    )
    count, newest = db.session.execute(query).one()
    if count < free:
        return 0
    return _seconds_until(newest + timedelta(seconds=min(2 ** min(count - free, 30), longest_s)))


def _until_below_most(account: ColumnElement[bool], most: int) -> int:
    """When the oldest of the counted guesses is a day old."""
    strangers = account & ~LoginFailure.ip.startswith(DEVICE)
    query = select(LoginFailure.at).where(strangers, LoginFailure.at > utc_now() - COUNTED_FOR)
    oldest_that_counts = query.order_by(LoginFailure.at.desc()).offset(most).limit(1)
    found: datetime | None = db.session.scalar(oldest_that_counts)
    return _seconds_until(found + COUNTED_FOR) if found else 0


def _seconds_until(moment: datetime) -> int:
    left = (moment - utc_now()).total_seconds()
    return max(0, -int(-left // 1)) if left > 0 else 0
