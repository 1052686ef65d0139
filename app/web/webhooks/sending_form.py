"""How a webhook sends, in forms: that of a webhook, and that of what a space's new ones start with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from app.models.retry_schedule import DEFAULT, STANDARD_WEBHOOKS

_NUMBER = re.compile(r"[0-9]{1,7}(\.[0-9]{1,3})?")
SCHEDULES: dict[str, Sequence[int]] = {"default": DEFAULT, "none": (), "standard": STANDARD_WEBHOOKS}


def sending_values(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the fields for stored settings, by the names of `FormValues`; the format is not among them."""
    schedule = tuple(settings["retry"]["schedule"])
    known = next((key for key, gaps in SCHEDULES.items() if tuple(gaps) == schedule), "own")
    return {
        "success_rule": settings["success"]["rule"],
        "timeout_s": str(settings["timeout_s"]),
        "retry": known,
        "retry_own": ", ".join(map(str, schedule)) if known == "own" else "",
        "failure_limit": str(settings["failure_limit"]),
        "failure_window_min": _minutes(settings["failure_window_s"]),
        "back_by_itself": settings["back_by_itself"],
        "verification": settings["verification"],
        "rate_per_s": str(settings["rate_per_s"] or ""),
        "max_in_flight": str(settings["max_in_flight"]),
        "ordered": settings["ordered"],
    }


def sending_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes: the shape of `services.webhooks.sending.Sending`."""
    return {
        "format": form.get("format", "standard"),
        "sns": {"signature_version": form.get("sns_version", "1")},
        "success": {"rule": form.get("success_rule", "2xx")},
        "timeout_s": form.get("timeout_s", ""),
        "retry": {"schedule": _schedule(form)},
        "failure_limit": form.get("failure_limit", ""),
        "failure_window_s": _seconds(form.get("failure_window_min", "")),
        "verification": form.get("verification", "ping"),
        "back_by_itself": "back_by_itself" in form,
        "rate_per_s": form.get("rate_per_s", "") or None,
        "max_in_flight": form.get("max_in_flight", ""),
        "ordered": "ordered" in form,
    }


def split(text: str) -> list[str]:
    """What stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _schedule(form: MultiDict[str, str]) -> list[Any]:
    choice = form.get("retry", "default")
    if choice in SCHEDULES:
        return list(SCHEDULES[choice])
    return split(form.get("retry_own", ""))


def _seconds(minutes: str) -> str | int:
    """Minutes as typed to seconds; what is no number goes on as it is, so that the schema can say so."""
    text = minutes.strip().replace(",", ".")
    return round(float(text) * 60) if _NUMBER.fullmatch(text) else text


def _minutes(seconds: int) -> str:
    return f"{seconds / 60:.3f}".rstrip("0").rstrip(".")
