"""Webhook: a subscription. Its address, events, how to send, on or off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from app.core.ids import new_id
from app.core.orm import Base, Id, Identifier, PrimaryId, UtcDateTime, UtcDateTimeColumn
from app.core.times import utc_now
from app.models.confirmation import CONFIRMATION, PING
from app.models.disable_policy import DisablePolicy, counted
from app.models.webhook_version import WebhookVersion

METHODS = ("POST", "PUT", "PATCH", "GET", "DELETE")

# How long a new webhook must have failed before we turn it off, besides its number of failures.
FAILURE_WINDOW_S = 300

# How many attempts of a new webhook may be under way at once (`Lane.concurrency_limit`), and the most of any.
FIRST_CONCURRENCY, MOST_CONCURRENCY = 2, 100

OFF, ON, PAUSED, STOPPED = "off", "on", "paused", "stopped"
STATES = (OFF, ON, PAUSED, STOPPED)
# `state_reason`: turned off by us because it kept failing, or answered 410 Gone; or off or paused only until
# its receiver confirms.
FAILURES, GONE, UNCONFIRMED = "failures", "gone", "unconfirmed"

_IS_STOPPED = text(f"state = '{STOPPED}'")
_WANTS_FAILED = text("event_type = 'hookdesk.delivery.failed'")
_IS_FAILING = text("failing_since is not null")
_LETS_HELD_GO = text("held_until is not null")
_IS_UNSETTLED = text("held_order is not null or being_sorted")
_RUN_ENDED = text("ended_run_at is not null")
_WAS_RATE_LIMITED = text("rate_limited_until_us > 0")


class Webhook(Base):
    """What an admin set up. What happened to it since is its `Lane`.

    `version` grows with every change, so that a worker knows when its cached copy is old.
    `own_headers` and `auth_password` are encrypted (`app.core.encryption`).
    A deleted webhook keeps its row, so that its history stays readable.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        Index("ix_webhook_space_id", "space_id", "id"),
        Index("ix_webhook_number", "space_id", "number", unique=True),
        Index("ix_webhook_stopped", "id", postgresql_where=_IS_STOPPED, sqlite_where=_IS_STOPPED),
    )

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("whk"))
    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"))
    # What the action API (S1) knows it by: counted in its space, never given twice.
    number: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(String(8), default="POST")
    projects: Mapped[list[str]] = mapped_column(JSON, default=list)
    # What the data must look like: {field, op, value} each (`app.models.condition`). All must hold.
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    auth_kind: Mapped[str] = mapped_column(String(10), default="none")
    auth_username: Mapped[str] = mapped_column(String(200), default="")
    auth_password: Mapped[str | None] = mapped_column(Text)
    oauth_credential_id: Mapped[str | None] = mapped_column(Identifier, index=True)
    own_headers: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str] = mapped_column(String(20), default="standard")
    # Its event types in the order in which they were given.
    event_order: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    # The fields of the data that are sent: {path, name} each; None: all data (A9).
    payload_fields: Mapped[list[dict[str, str]] | None] = mapped_column(JSON(none_as_null=True))
    # What signs its messages: `v1` or `v1a` of Standard Webhooks.
    signature: Mapped[str] = mapped_column(String(3), default="v1")
    # SignatureVersion of the format sns.
    sns_version: Mapped[str] = mapped_column(String(1), default="1")
    success_rule: Mapped[str] = mapped_column(String(20), default="2xx")
    timeout_s: Mapped[int] = mapped_column(default=5)
    retry_schedule: Mapped[list[int]] = mapped_column(JSON)
    failure_limit: Mapped[int] = mapped_column(default=10)
    failure_window_s: Mapped[int] = mapped_column(default=FAILURE_WINDOW_S)
    # While it is turned off by us: ping now and then, and go on alone once the answer passes (B5).
    back_by_itself: Mapped[bool] = mapped_column(default=False)
    # What it asks of its receiver before it works (A14), and since when that is there.
    verification: Mapped[str] = mapped_column(String(12), default=PING)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    max_in_flight: Mapped[int] = mapped_column(default=10)
    rate_per_s: Mapped[int | None]
    ordered: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(10), default=OFF)
    state_reason: Mapped[str | None] = mapped_column(String(40))
    state_since: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    updated_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    subscriptions: Mapped[list[Subscription]] = relationship(
        cascade="all, delete-orphan", order_by="Subscription.event_type"
    )
    # Written and never loaded from here: there may be many.
    versions: WriteOnlyMapped[WebhookVersion] = relationship(passive_deletes=True)
    lane: Mapped[Lane] = relationship(lazy="joined", innerjoin=True, cascade="all, delete-orphan")

    @property
    def one_by_one(self) -> bool:
        """True if a message starts only when the one before it has ended."""
        return self.ordered or self.max_in_flight == 1

    @property
    def events(self) -> list[str]:
        """The event types it subscribes to, in order of their names."""
        return sorted(s.event_type for s in self.subscriptions)

    @property
    def events_in_order(self) -> list[str]:
        """The same, in the order in which they were given, as the action API shows them."""
        order = self.event_order or []
        return sorted(self.events, key=lambda key: order.index(key) if key in order else len(order))

    @property
    def confirmation(self) -> str | None:
        """unconfirmed or confirmed (S0); None if it asks for no confirmation."""
        if self.verification != CONFIRMATION:
            return None
        return "confirmed" if self.confirmed_at else UNCONFIRMED

    @property
    def must_confirm(self) -> bool:
        """True while it may not work because its receiver has not confirmed."""
        return self.confirmation == UNCONFIRMED

    @property
    def is_active(self) -> bool:
        """True if a person wants it to work (S0's switch): it is on, paused, or waits only for its receiver."""
        return self.state in {ON, PAUSED} or self.state_reason == UNCONFIRMED

    @property
    def status(self) -> str:
        """One word for the badge (B6): off, working, some_failing, failing, paused, stopped or unconfirmed."""
        if self.state_reason == UNCONFIRMED:
            return UNCONFIRMED
        return self.state if self.state != ON else self.lane.health(utc_now())

    @property
    def disable_policy(self) -> DisablePolicy:
        """How close it is to being turned off by us."""
        lane = self.lane
        return DisablePolicy(
            self.failure_limit,
            self.failure_window_s,
            counted(self.failure_window_s, lane.failures_in_a_row, lane.failing_seconds),
            lane.failing_since,
            lane.last_failure_at,
        )

    @property
    def is_warned(self) -> bool:
        """True if it works against time: half of our disable policy is used."""
        return self.state == ON and self.disable_policy.is_half_used(utc_now())

    @property
    def needs_attention(self) -> bool:
        """True if a person has to act: it fails now, will be turned off soon, or we turned it off."""
        return self.status in {"failing", STOPPED} or self.is_warned


class Subscription(Base):
    """A webhook wants one event type. The primary key is what publishing looks up."""

    __tablename__ = "subscription"
    # Whoever publishes that deliveries failed asks all the time which spaces want to know.
    __table_args__ = (
        Index(
            "ix_subscription_delivery_failed",
            "space_id",
            postgresql_where=_WANTS_FAILED,
            sqlite_where=_WANTS_FAILED,
        ),
    )

    space_id: Mapped[Id] = mapped_column(ForeignKey("space.id"), primary_key=True)
    event_type: Mapped[str] = mapped_column(String(100), primary_key=True)
    webhook_id: Mapped[Id] = mapped_column(ForeignKey("webhook.id"), primary_key=True, index=True)


class SigningSecret(Base):
    """A key that signs a webhook's messages, until it expires (rotation keeps two for a while)."""

    __tablename__ = "signing_secret"
    __table_args__ = (Index("ix_signing_secret_webhook_id", "webhook_id"),)

    id: Mapped[PrimaryId] = mapped_column(default=lambda: new_id("sec"))
    webhook_id: Mapped[Id] = mapped_column(ForeignKey("webhook.id"))
    secret: Mapped[str] = mapped_column(Text)
    # What a receiver checks with, `whpk_...`, of a v1a key; None: its key is shared.
    public_key: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[UtcDateTimeColumn] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lane(Base):
    """What happened to a webhook lately, kept beside it so that sending never rewrites settings.

    The engine locks a lane while it claims from it: two workers never pass a webhook's cap together.
    """

    __tablename__ = "lane"
    __table_args__ = (
        Index("ix_lane_failing", "failing_since", postgresql_where=_IS_FAILING, sqlite_where=_IS_FAILING),
        # Whoever asks when a speed limit lets somebody go on reads this, and not all lanes.
        Index(
            "ix_lane_rate_limited",
            "rate_limited_until_us",
            postgresql_where=_WAS_RATE_LIMITED,
            sqlite_where=_WAS_RATE_LIMITED,
        ),
        # Lanes for which something was ordered that is not done yet.
        Index("ix_lane_unsettled", "webhook_id", postgresql_where=_IS_UNSETTLED, sqlite_where=_IS_UNSETTLED),
        # Likewise for held events that were let go, each at its moment.
        Index(
            "ix_lane_held_until",
            "held_until",
            postgresql_where=_LETS_HELD_GO,
            sqlite_where=_LETS_HELD_GO,
        ),
        Index("ix_lane_ended_run", "ended_run_at", postgresql_where=_RUN_ENDED, sqlite_where=_RUN_ENDED),
        # Each claim and each batch of outcomes changes a lane: with room beside it, the new version stays in its
        # page, and no index learns of it.
        {"postgresql_with": {"fillfactor": 25}},
    )

    # Failures in a row from which a webhook counts as failing, not as one with some failed tries.
    FAILING_FROM = 3
    SOME_FAILING_FOR_S = 24 * 3600

    webhook_id: Mapped[str] = mapped_column(Identifier, ForeignKey("webhook.id"), primary_key=True)
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    # In how many seconds of the clock failures of this run ended: a burst that fails together counts once.
    failing_seconds: Mapped[int] = mapped_column(default=0, server_default="0")
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_failure_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_status: Mapped[int | None]
    last_reason: Mapped[str | None] = mapped_column(String(40))
    last_attempt_id: Mapped[str | None] = mapped_column(Identifier)
    # Deliveries leased now, over all workers: under way, or about to be. Whoever claims or records changes it in the
    # same transaction.
    in_flight: Mapped[int] = mapped_column(default=0)
    # How many tries may be under way: begins small, one more for each success, half as many as failed. So a
    # receiver that does not answer never takes more than a few of a worker's places from the others.
    concurrency_limit: Mapped[int] = mapped_column(default=FIRST_CONCURRENCY)
    # Where the speed limit stands: see `app.sending.rate_limiting`. Microseconds since 1970.
    rate_limited_until_us: Mapped[int] = mapped_column(BigInteger, default=0)
    # What is done with events that were held (`app.ledger.moves.held`). Empty when it is done.
    held_order: Mapped[str | None] = mapped_column(String(4))
    # When the last held event that was let go is due; what is let go next comes after it.
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # A run of failures that has ended and that no incident tells of yet (`services.incidents`): when it began, and
    # when the attempt began that was accepted. Kept here, so that nothing is lost while nobody looks.
    ended_run_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    # What waits is being put into strict order (`app.ledger.moves.sorting`): nothing is claimed meanwhile.
    being_sorted: Mapped[bool] = mapped_column(default=False, server_default=false())

    def begin_anew(self) -> None:
        """It was turned on again: forget the run of failures, and what was ordered before it was off."""
        self.failures_in_a_row, self.failing_seconds, self.failing_since = 0, 0, None
        self.held_order = self.held_until = None

    def health(self, at: datetime) -> str:
        """working, some_failing or failing, from the last tries (S0, S1)."""
        if self.failures_in_a_row >= self.FAILING_FROM:
            return "failing"
        recent = (
            self.last_failure_at and (at - self.last_failure_at).total_seconds() < self.SOME_FAILING_FOR_S
        )
        return "some_failing" if recent else "working"
