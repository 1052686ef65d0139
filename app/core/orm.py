"""What all models share: the declarative base and the column types both databases know."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from sqlalchemy import BigInteger, Dialect, MetaData, String, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

from app.core.times import from_ms, ms_of

CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
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


# "C" order in PostgreSQL: identifiers compare as bytes, as they do in SQLite, and index scans stay quick.
Identifier = String(40).with_variant(String(40, collation="C"), "postgresql")
Id = Annotated[str, mapped_column(Identifier)]
PrimaryId = Annotated[str, mapped_column(Identifier, primary_key=True)]
UtcDateTimeColumn = Annotated[datetime, mapped_column(UtcDateTime)]


class Base(DeclarativeBase):
    """The declarative base of every model."""

    metadata = MetaData(naming_convention=CONVENTION)
