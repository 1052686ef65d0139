"""Take a change of settings back, in one step; also one that took another back (C10).

Secrets are not kept, so they cannot come back: whoever reverts is told. What was changed again since is not overwritten
unasked: `NewerChange` says what stands against what.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _

from app.audit.actions import EDITED, REVERTED
from app.audit.differences import Details
from app.audit.subject import WEBHOOK
from app.core.errors import Conflict, NotFound
from app.core.extensions import db
from app.models import Change, Webhook
from app.services.webhooks import changes, crud
from app.services.webhooks.fields import put_at
from app.services.webhooks.settings import settings_of

# Names of header fields may have dots, so they are no path.
_HEADERS = "headers."


class Clash(NamedTuple):
    """A setting that was changed again: what the change made it, what it is now, and what it was before both."""

    field: str
    then: Any
    now: Any
    before: Any


class NewerChange(Conflict):
    """Some of the settings were changed again since."""

    def __init__(self, clashes: list[Clash]) -> None:
        super().__init__("newer_change", _("Some of these settings were changed again since."))
        self.clashes = clashes


def can_be_reverted(change: Change) -> bool:
    """True for a change of a webhook's settings of which anything is left that is no secret."""
    is_edit = change.kind in (EDITED, REVERTED) and change.subject_kind == WEBHOOK
    return is_edit and any(True for _one in _settings(change.details))


def has_secrets(change: Change) -> bool:
    """True if a part of it cannot come back."""
    return any(one["secret"] for one in change.details)


def change_of(space_id: str, webhook_id: str, change_id: str) -> Change:
    """The change that is to be taken back. Raises `NotFound`, also for one that nothing can take back."""
    change = db.session.get(Change, change_id)
    if change is None or change.space_id != space_id or change.subject_id != webhook_id:
        raise NotFound
    if not can_be_reverted(change):
        raise NotFound
    return change


def revert(space_id: str, webhook_id: str, change_id: str, anyway: bool = False) -> Webhook:
    """Give the settings of a change the values that they had before it.

    anyway: also where they were changed again since. Raises `NotFound`, `NewerChange`, `Conflict` if there is nothing
    to do, and `Invalid` if the old values can no longer be used.
    """
    change = change_of(space_id, webhook_id, change_id)
    wanted = list(_settings(change.details))

    def back(webhook: Webhook) -> Mapping[str, Any]:
        """Looked at within the transaction that changes them."""
        now = changes.snapshot(webhook).shown
        if all(now.get(one["field"]) == one["before"] for one in wanted):
            raise Conflict("already_reverted", _("These settings are what they were before this change."))
        clashes = [] if anyway else list(_clashes(wanted, now))
        if clashes:
            raise NewerChange(clashes)
        return _as_settings(webhook, wanted)

    return crud.update(space_id, webhook_id, back, reverts=change.id)


def _settings(details: Details) -> Iterable[dict[str, Any]]:
    return (one for one in details if not one["secret"] and one["field"] != "reverts")


def _clashes(wanted: Details, now: Mapping[str, Any]) -> Iterable[Clash]:
    for one in wanted:
        current = now.get(one["field"])
        if current not in (one["after"], one["before"]):
            yield Clash(one["field"], one["after"], current, one["before"])


def _as_settings(webhook: Webhook, wanted: Details) -> dict[str, Any]:
    """The values of before in the shape of the schema. Headers replace, so the others are named as they are."""
    settings: dict[str, Any] = {}
    for one in wanted:
        if one["field"].startswith(_HEADERS):
            headers = settings.setdefault("headers", dict(settings_of(webhook)["headers"]))
            _set_header(headers, one["field"].removeprefix(_HEADERS), one["before"])
        else:
            put_at(settings, one["field"], one["before"])
    return settings


def _set_header(headers: dict[str, Any], name: str, value: str | None) -> None:
    if value is None:
        headers.pop(name, None)
    else:
        headers[name] = value
