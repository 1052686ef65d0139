"""The sentence that says how close a webhook is to being turned off by us: one for the pages and for mail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from app.core.times import utc_now
from app.models import Webhook
from app.models.disable_policy import Forecast

When = Callable[[datetime], str]


def forecast_of(webhook: Webhook, clock: When, about: When) -> str:
    """What will turn it off, and when; empty while it does not fail.

    `clock` writes a time of day as its reader reads it; `about` an uncertain one: "in about 20 minutes".
    Nothing is foretold that need not come true: a time is named only where the failures so far have a pace.
    """
    forecast = webhook.disable_policy.forecast(utc_now())
    if forecast is None:
        return ""
    if forecast.missing == 1:
        return _next_one(forecast, clock)
    if forecast.at is not None:
        return _("At this pace it will be turned off %(when)s.", when=about(forecast.at))
    return _after_some_more(forecast, clock)


def _next_one(forecast: Forecast, clock: When) -> str:
    if forecast.not_before is None:
        return _("The next failed try turns it off.")
    return _("The first failed try after %(time)s turns it off.", time=clock(forecast.not_before))


def _after_some_more(forecast: Forecast, clock: When) -> str:
    sentence = ngettext(
        "It will be turned off after %(num)s more failed try in a row.",
        "It will be turned off after %(num)s more failed tries in a row.",
        forecast.missing,
    )
    if forecast.not_before is None:
        return sentence
    return f"{sentence} {_('That will not be before %(time)s.', time=clock(forecast.not_before))}"
