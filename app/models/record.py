"""Record: a lead, a contact, a task, a job of a space (D5). Its kind says what its values mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.exact_json import stored
from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now

VIEW, MANAGE = "view", "manage"
LIVE = text("deleted_at is null")
# "C" order in PostgreSQL, for the same reason as `Identifier`: the order of a page's keys is that of its index.
SORTED = String(100).with_variant(String(100, collation="C"), "postgresql")


def view_permission(tool: str) -> str:
    """What a person needs to see the records of a tool."""
    return f"records.{tool}.{VIEW}"


def manage_permission(tool: str) -> str:
    """What a person needs to create, change and delete them."""
    return f"records.{tool}.{MANAGE}"


def _of_live_ones(name: str, *columns: str) -> Index:
    return Index(name, "space_id", "kind", *columns, postgresql_where=LIVE, sqlite_where=LIVE)


class Record(Base):
    """One record. `own_id`: its id as the articles show it, as text; unique within its kind and space.

    `data`: JSON object in UTF-8 of the values that are not empty, numbers digit by digit. `label`: what it is called.
    `search_text`: small letters, for lists; it stands in the index so that a search reads no rows that do not fit.
    `version` grows with every change. No foreign key to the space, for the reason that `Event` gives.
    """

    __tablename__ = "record"
    __table_args__ = (
        UniqueConstraint("space_id", "kind", "own_id"),
        _of_live_ones("ix_record_newest", "id", "search_text"),
        _of_live_ones("ix_record_changed", "updated_at", "id"),
        _of_live_ones("ix_record_name", "sort_name", "id"),
        _of_live_ones("ix_record_stage", "stage", "id"),
        _of_live_ones("ix_record_owner", "owner", "id"),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("rec"))
    space_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40))
    own_id: Mapped[Id]
    data: Mapped[bytes] = mapped_column(LargeBinary)
    stage: Mapped[str | None] = mapped_column(String(40))
    owner: Mapped[str | None] = mapped_column(String(80))
    label: Mapped[str] = mapped_column(String(200), default="")
    sort_name: Mapped[str] = mapped_column(SORTED, default="")
    search_text: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def values(self) -> dict[str, Any]:
        """The values that are not empty, by field. A copy: changing it changes nothing."""
        found: dict[str, Any] = stored(self.data)
        return found


class RecordLink(Base):
    """A record names another one, which need not exist (yet)."""

    __tablename__ = "record_link"
    __table_args__ = (Index("ix_record_link_to", "space_id", "to_kind", "to_id", "from_id"),)

    from_id: Mapped[str] = mapped_column(
        Identifier, ForeignKey("record.id", ondelete="CASCADE"), primary_key=True
    )
    to_kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    to_id: Mapped[str] = mapped_column(Identifier, primary_key=True)
    space_id: Mapped[Id]


class RecordCounter(Base):
    """The last number that a space gave to a record of a kind, or (kind "person") to somebody who wrote one."""

    __tablename__ = "record_counter"

    space_id: Mapped[Id] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


class RecordAuthor(Base):
    """The number by which records name a person or a key (S0: `created_by: 1`), given at the first use."""

    __tablename__ = "record_author"
    __table_args__ = (UniqueConstraint("space_id", "number"),)

    space_id: Mapped[Id] = mapped_column(primary_key=True)
    actor_id: Mapped[Id] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(254))
    email: Mapped[str] = mapped_column(String(254), default="")


class RecordImport(Base):
    """A CSV file that is being made into records, in steps (`app.maintenance`).

    `columns`: for each column of the file the field it goes to, or None. `line`: how many lines are done.
    `faults`: the first of what was wrong, as `[line, field, sentence]`. `file` is emptied at the end.
    """

    __tablename__ = "record_import"
    __table_args__ = (
        Index("ix_record_import_space_id", "space_id", "id"),
        Index(
            "ix_record_import_waiting",
            "state",
            "id",
            postgresql_where=text("state = 'running'"),
            sqlite_where=text("state = 'running'"),
        ),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("imp"))
    space_id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[Id]
    file_name: Mapped[str] = mapped_column(String(200))
    file: Mapped[bytes] = mapped_column(LargeBinary)
    columns: Mapped[bytes] = mapped_column(LargeBinary, default=b"[]")
    state: Mapped[str] = mapped_column(String(20))
    total: Mapped[int] = mapped_column(default=0)
    line: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    faults: Mapped[bytes] = mapped_column(LargeBinary, default=b"[]")
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
