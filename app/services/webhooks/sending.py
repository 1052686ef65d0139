"""How a webhook sends, and what counts as delivered: what a space may choose once for all its new webhooks."""

from __future__ import annotations

from typing import Annotated, Literal

from flask_babel import lazy_gettext as _l
from pydantic import Field, field_validator

from app.core.validation import OneOf, Schema
from app.models.rate_limit import FASTEST
from app.models.retry_schedule import DEFAULT, STANDARD_WEBHOOKS, check_schedule
from app.models.webhook import FAILURE_WINDOW_S
from app.sending.failures.success_rules import RULES
from app.sending.message.formats import FORMATS
from app.services.webhooks.fields import (
    SENDING,
    Choice,
    Number,
    Option,
    Schedule,
    Setting,
    Switch,
    translated,
)
from app.services.webhooks.payload import Sns

WEEK_S = 7 * 24 * 3600

_FORMATS = Choice(
    tuple(Option(name, translated(one.label), translated(one.hint)) for name, one in FORMATS.items())
)
_RULES = Choice(
    tuple(Option(name, translated(one.label), translated(one.hint)) for name, one in RULES.items())
)
_SIGNATURES = Choice(
    (
        Option("v1", _l("With a shared secret key (HMAC-SHA256)"), _l("What most receivers expect.")),
        Option(
            "v1a",
            _l("With a key pair (Ed25519)"),
            _l("The receiver checks with a public key, so it holds nothing secret."),
        ),
    )
)
_VERIFICATIONS = Choice(
    (
        Option("ping", _l("Accept a test message"), _l("We send it when you turn the webhook on.")),
        Option(
            "confirmation",
            _l("Confirm by following a link"),
            _l("We send the link to the address. The webhook works once it is on and the link was opened."),
        ),
        Option("none", _l("Nothing"), _l("It works as soon as you turn it on.")),
    )
)
_SCHEDULES = Schedule(
    (
        Option("default", _l("After 5 minutes, then after 10 more"), _l("3 tries in all.")),
        Option(
            "standard",
            _l("For more than a day, further and further apart"),
            _l("5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h."),
        ),
        Option("none", _l("Not at all"), _l("1 try.")),
        Option("own", _l("At times of your own")),
    ),
    {"default": tuple(DEFAULT), "standard": tuple(STANDARD_WEBHOOKS), "none": ()},
)
_TIME_LIMIT = Number(
    _l("seconds"),
    _l("Enter the time limit as a whole number of seconds, from 1 to 30."),
    _l("How long we wait for the answer: 1 to 30 seconds."),
)
_FAILURE_LIMIT = Number(
    _l("failed tries in a row"),
    _l("Enter after how many failed tries in a row to turn it off: a whole number from 1 to 1,000."),
)
_FAILURE_WINDOW = Number(
    _l("minutes"),
    _l("Enter for how many minutes it must have failed: a number from 0 to 10,080, which is a week."),
    _l(
        "Failures within the same second count once, because messages sent together fail together. With 0 minutes"
        " every failure counts, and we turn it off as soon as the number above is reached."
    ),
    scale=60,
)
_BACK = Switch(
    _l(
        "While it is turned off by us we send a test message now and then, at first after a minute, later once"
        " an hour. When the answer passes we go on and send what waited."
    )
)
_RATE = Number(
    _l("messages a second"),
    _l("Enter how many messages a second at most: a whole number, or nothing for no limit."),
    _l("Leave it empty for no limit."),
)
_IN_FLIGHT = Number(
    _l("messages at the same time"),
    _l("Enter how many messages may be sent at the same time: a whole number from 1 to 100."),
)
_ORDERED = Switch(
    _l(
        "One message at a time, the oldest first. One that fails holds the next ones until it is delivered or has"
        " failed for good."
    )
)


class Success(Schema):
    """Which answer counts as delivered."""

    rule: Annotated[
        str, OneOf(RULES), Setting(_l("What counts as delivered"), "success_rule", _RULES, part=SENDING)
    ] = "2xx"


class Retry(Schema):
    """Seconds to wait after each failed attempt; empty: no retries."""

    schedule: Annotated[
        list[int],
        Setting(
            _l("A failed try is repeated after"),
            "retry_schedule",
            _SCHEDULES,
            _l("When a failed try is repeated"),
            named="retry",
            part=SENDING,
        ),
    ] = Field(default_factory=lambda: list(DEFAULT))

    @field_validator("schedule")
    @classmethod
    def _reasonable(cls, value: list[int]) -> list[int]:
        return list(check_schedule(value))


class Sending(Schema):
    """The settings that fit many webhooks. What stands here as default is so where a space chose nothing."""

    format: Annotated[str, OneOf(FORMATS), Setting(_l("Format"), "format", _FORMATS)] = "standard"
    sns: Sns = Field(default_factory=Sns)
    signature: Annotated[
        Literal["v1", "v1a"], Setting(_l("How messages are signed"), "signature", _SIGNATURES, part=SENDING)
    ] = "v1"
    verification: Annotated[
        Literal["ping", "confirmation", "none"],
        Setting(
            _l("Before it works"),
            "verification",
            _VERIFICATIONS,
            _l("What the receiver does before it works"),
            part=SENDING,
        ),
    ] = "ping"
    success: Success = Field(default_factory=Success)
    timeout_s: Annotated[
        int,
        Field(ge=1, le=30),
        Setting(_l("Time limit"), "timeout_s", _TIME_LIMIT, part=SENDING, length=True),
    ] = 5
    retry: Retry = Field(default_factory=Retry)
    failure_limit: Annotated[
        int,
        Field(ge=1, le=1000),
        Setting(
            _l("Turned off after failed tries in a row"),
            "failure_limit",
            _FAILURE_LIMIT,
            _l("Turn it off after"),
            part=SENDING,
        ),
    ] = 10
    failure_window_s: Annotated[
        int,
        Field(ge=0, le=WEEK_S),
        Setting(
            _l("But not before it has failed for"),
            "failure_window_s",
            _FAILURE_WINDOW,
            named="failure_window_min",
            part=SENDING,
            length=True,
        ),
    ] = FAILURE_WINDOW_S
    back_by_itself: Annotated[
        bool,
        Setting(
            _l("Back by itself"),
            "back_by_itself",
            _BACK,
            _l("Turn it on again by itself once it works"),
            part=SENDING,
        ),
    ] = False
    rate_per_s: Annotated[
        Annotated[int, Field(ge=1, le=FASTEST)] | None,
        Setting(_l("At most per second"), "rate_per_s", _RATE, _l("At most"), part=SENDING),
    ] = None
    max_in_flight: Annotated[
        int,
        Field(ge=1, le=100),
        Setting(_l("At the same time"), "max_in_flight", _IN_FLIGHT, _l("Also at most"), part=SENDING),
    ] = 10
    ordered: Annotated[bool, Setting(_l("Strictly in order"), "ordered", _ORDERED, part=SENDING)] = False
