"""What answers say of webhooks and what new ones start with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired

from typing_extensions import TypedDict  # the one that pydantic reads on Python 3.11

from app.api.schemas.deliveries import AttemptOut
from app.api.schemas.settings import shape_of
from app.services.webhooks.schema import WebhookIn
from app.services.webhooks.sending import Sending

if TYPE_CHECKING:

    class _SendingFields(TypedDict):
        """Made from the table of settings, which a type checker cannot see into."""

    class _SettingsFields(_SendingFields):
        """The same with what each webhook has of its own."""

else:
    _SendingFields, _SettingsFields = shape_of(Sending), shape_of(WebhookIn)


class Counts(TypedDict):
    """Deliveries of a webhook since it was made."""

    triggered: int
    delivered: int
    failed: int
    waiting: int
    held: int


class WarningOut(TypedDict):
    """Something odd about a setting, which is stored all the same."""

    field: str
    message: str


class WebhookDefaultsOut(_SendingFields):
    """What a new webhook of the space starts with where its creation names no value."""


class WebhookOut(_SettingsFields):
    """A webhook. Values of headers that carry secrets are null. `public_key`: what its receiver verifies with
    (`signature` v1a); null if the key is shared. `secret`: only in answers that make one,
    and with it, in the format space, the `secret` that its messages say (`space_secret`).

    `warnings`: in answers for one webhook, if there are any.
    """

    id: str
    state: Literal["off", "on", "paused", "stopped"]
    state_reason: str | None
    state_since: str
    status: Literal["off", "working", "some_failing", "failing", "paused", "stopped", "unconfirmed"]
    confirmation: Literal["unconfirmed", "confirmed"] | None
    last_sent_at: str | None
    last_status: int | None
    last_reason: str | None
    counts: Counts
    created_at: str
    updated_at: str
    public_key: str | None
    secret: NotRequired[str]
    space_secret: NotRequired[str]
    warnings: NotRequired[list[WarningOut]]


class TestedOut(WebhookOut):
    """A webhook and the test that was sent to it."""

    attempt: AttemptOut


class TestedOut2(TypedDict):
    """A test of a webhook that is not stored."""

    attempt: AttemptOut
