"""What all models share: the declarative base, identifiers and the column types both databases know."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, overload

from sqlalchemy import BigInteger, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def now_ms() -> int:
    """This moment in milliseconds since 1970 (UTC)."""
    return time.time_ns() // 1_000_000


def new_id(prefix: str, at_ms: int | None = None) -> str:
    """A time-ordered identifier such as `evt_019aa4...`: 48 bits of milliseconds and 64 more, in hex.

    Newer identifiers sort after older ones, also within a millisecond: of the 64 bits, the first 20 are
    nanoseconds (UUIDv7 allows that, RFC 9562 section 6.2), so rows that are made together lie together. The
    others are random. Identifiers are names, not secrets: quick randomness is enough.
    `at_ms`: the moment to name it by, if that is not now.
    """
    if at_ms is not None:
        return f"{prefix}_{at_ms:012x}{random.getrandbits(64):016x}"
    ms, ns = divmod(time.time_ns(), 1_000_000)
    # One number to write out: three would take twice as long, and this is done for every row.
    return f"{prefix}_{ms << 64 | ns << 44 | random.getrandbits(44):028x}"


class Moment(TypeDecorator[datetime]):
    """A UTC time kept as whole milliseconds: small, ordered, and the same in both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """Aware datetime (or milliseconds as they are) to milliseconds."""
        if value is None or isinstance(value, int):
            return value
        return ms_of(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Milliseconds to an aware datetime in UTC."""
        return None if value is None else from_ms(value)


def from_ms(value: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime in UTC."""
    return datetime.fromtimestamp(value / 1000, UTC)


@overload
def ms_of(moment: datetime) -> int: ...
@overload
def ms_of(moment: None) -> None: ...
def ms_of(moment: datetime | None) -> int | None:
    """A moment as milliseconds since 1970."""
    # Whole numbers all the way: a float of seconds may fall just short of its millisecond.
    return None if moment is None else (moment - EPOCH) // MILLISECOND


def utc_now() -> datetime:
    """This moment as an aware datetime in UTC, cut to milliseconds as it is kept."""
    return from_ms(now_ms())


# "C" order in PostgreSQL: identifiers compare as bytes, as they do in SQLite, and index scans stay quick.
Identifier = String(40).with_variant(String(40, collation="C"), "postgresql")
Id = Annotated[str, mapped_column(Identifier)]
PrimaryId = Annotated[str, mapped_column(Identifier, primary_key=True)]
Time = Annotated[datetime, mapped_column(Moment)]


class Base(DeclarativeBase):
    """The declarative base of every model."""

    metadata = MetaData(naming_convention=CONVENTION)
