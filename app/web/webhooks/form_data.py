"""The form of a webhook: what stands in its fields, and what a service takes.

Every field keeps what was typed, also what cannot be used, so that nobody types twice; only secrets go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.errors import FieldError, Invalid
from app.sending.message.masking import has_secret_name
from app.web.webhooks.payload_form import (
    PayloadValues,
    payload_data,
    payload_from_form,
    payload_from_settings,
)
from app.web.webhooks.sending_form import sending_data, sending_values, split

SPARE_ROWS = 2
MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A name and value of a request header; `kept`: a value is stored and not shown; `again`: it must be typed
    again, because what was typed is secret and not sent back.
    """

    name: str = ""
    value: str = ""
    kept: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """A condition as typed; `fresh`: its row was added just now."""

    field: str = ""
    op: str = "is"
    value: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class WebhookForm:
    """What stands in the fields."""

    name: str = ""
    url: str = ""
    events: frozenset[str] = frozenset()
    method: str = "POST"
    projects: str = ""
    conditions: tuple[ConditionRow, ...] = ()
    auth_kind: str = "none"
    auth_username: str = ""
    auth_password: str = ""
    auth_credential_id: str = ""
    headers: tuple[HeaderRow, ...] = ()
    success_rule: str = "2xx"
    timeout_s: str = "5"
    retry: str = "default"
    retry_own: str = ""
    failure_limit: str = "10"
    failure_window_min: str = "0"
    back_by_itself: bool = False
    verification: str = "ping"
    rate_per_s: str = ""
    max_in_flight: str = "10"
    ordered: bool = False
    payload: PayloadValues = field(default_factory=PayloadValues)
    spare_rows: int = field(default=SPARE_ROWS)

    @property
    def rows(self) -> list[HeaderRow]:
        """The header rows to show: those with something in them and some empty ones."""
        return [*self.headers, *[HeaderRow()] * self.spare_rows]

    def without_secrets(self) -> WebhookForm:
        """The same for a page that was refused, which people save, print and send around: no secret headers."""
        return replace(
            self,
            headers=tuple(
                HeaderRow(row.name, again=True) if row.value and has_secret_name(row.name) else row
                for row in self.headers
            ),
        )


def from_settings(settings: Mapping[str, Any]) -> WebhookForm:
    """The fields for stored settings (`services.webhooks.settings_of`)."""
    return WebhookForm(
        name=settings["name"],
        url=settings["url"],
        events=frozenset(settings["events"]),
        method=settings["method"],
        projects=", ".join(settings["projects"]),
        conditions=tuple(
            ConditionRow(c["field"], c["op"], _typed(c["value"])) for c in settings["conditions"]
        ),
        auth_kind=settings["auth"]["kind"],
        auth_username=settings["auth"]["username"],
        auth_credential_id=settings["auth"].get("credential_id", ""),
        headers=tuple(HeaderRow(n, v or "", kept=v is None) for n, v in settings["headers"].items()),
        **sending_values(settings),
        payload=payload_from_settings(settings),
    )


def first_values(defaults: Mapping[str, Any], name: str = "", url: str = "") -> WebhookForm:
    """The fields of a new webhook: empty but for what it starts with (`services.webhooks.defaults_of`)."""
    payload = PayloadValues(format=defaults["format"], sns_version=defaults["sns"]["signature_version"])
    return WebhookForm(name=name, url=url, payload=payload, **sending_values(defaults))


def from_form(form: MultiDict[str, str], kept: frozenset[str] = frozenset()) -> WebhookForm:
    """The fields as they were typed. `kept`: names of headers whose value is stored and not shown.

    A typed password is not sent back: it would stand in the page.
    """
    return WebhookForm(
        **{name: form.get(name, "") for name in _TEXTS},
        events=frozenset(form.getlist("events")),
        conditions=_typed_conditions(form),
        auth_kind=form.get("auth_kind", "none"),
        success_rule=form.get("success_rule", "2xx"),
        back_by_itself="back_by_itself" in form,
        ordered="ordered" in form,
        verification=form.get("verification", "ping"),
        method=form.get("method", "POST"),
        retry=form.get("retry", "default"),
        headers=tuple(HeaderRow(n, v, not v and n.lower() in kept) for n, v in _typed_headers(form)),
        payload=payload_from_form(form),
        spare_rows=SPARE_ROWS + (4 if "add_rows" in form else 0),
    )


def to_data(form: MultiDict[str, str]) -> dict[str, Any]:
    """What a service takes: the shape of the API. Raises `Invalid` for a header that stands twice."""
    _refuse_repeats(name for name, _value in _typed_headers(form))
    auth: dict[str, Any] = {"kind": form.get("auth_kind", "none"), "username": form.get("auth_username", "")}
    if form.get("auth_password"):
        auth["password"] = form["auth_password"]
    if auth["kind"] == "oauth":
        auth["credential_id"] = form.get("auth_credential_id") or None
    return {
        "name": form.get("name", ""),
        "url": form.get("url", ""),
        "events": form.getlist("events"),
        "method": form.get("method", "POST"),
        "projects": split(form.get("projects", "")),
        "conditions": [{"field": c.field, "op": c.op, "value": c.value} for c in _typed_conditions(form)],
        "auth": auth,
        "headers": {name: value or None for name, value in _typed_headers(form)},
        **payload_data(form),
        **sending_data(form),
    }


_TEXTS = (
    "name",
    "url",
    "projects",
    "auth_username",
    "auth_credential_id",
    "timeout_s",
    "retry_own",
    "failure_limit",
    "failure_window_min",
    "rate_per_s",
    "max_in_flight",
)


def _typed_headers(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    pairs = zip(form.getlist("header_name"), form.getlist("header_value"), strict=False)
    return [
        (name.strip(), value.strip())
        for name, value in list(pairs)[:MOST_ROWS]
        if name.strip() or value.strip()
    ]


def _typed_conditions(form: MultiDict[str, str]) -> tuple[ConditionRow, ...]:
    """The conditions as typed, with a row more or less if one of those buttons was pressed."""
    columns = [form.getlist(f"condition_{name}") for name in ("field", "op", "value")]
    rows = [ConditionRow(f.strip(), op, value.strip()) for f, op, value in zip(*columns, strict=False)]
    gone = form.get("remove_condition", "")
    kept = [row for n, row in enumerate(rows) if str(n) != gone and (row.field or row.value)]
    fresh = [ConditionRow(fresh=True)] if "add_condition" in form else []
    return tuple(kept[:MOST_ROWS] + fresh)


def _typed(value: object) -> str:
    """A value that a program may have set, as a person would type it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


ONLY_SHOW = ("add_rows", "add_condition", "remove_condition", "try_conditions", "show_preview")


def only_shows(form: MultiDict[str, str]) -> bool:
    """True if a button was pressed that only changes what the form shows: nothing is stored."""
    return any(name in form for name in ONLY_SHOW)


def _refuse_repeats(names: Iterable[str]) -> None:
    """The API's headers are an object, in which a second one of the same name would vanish without a word."""
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        message = _("The request header %(name)s stands twice.", name=repeated[0] or _("without a name"))
        raise Invalid([FieldError("headers", message)])
