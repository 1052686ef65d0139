"""What the audit log is about, in words."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.audit import subject
from app.models import Change
from app.web.webhooks.change_words import action_words

_KINDS = {
    subject.WEBHOOK: _l("Webhook"),
    subject.OAUTH_CREDENTIAL: _l("OAuth connection"),
    subject.ROLE: _l("Role"),
    subject.PERSON: _l("Person"),
    subject.API_KEY: _l("API key"),
    subject.SPACE: _l("Space"),
    subject.EVENT_TYPE: _l("Event type"),
    subject.INBOX: _l("Test address"),
    subject.DELIVERY: _l("Event sent"),
    subject.PORTAL_LINK: _l("Portal link"),
    subject.AUDIT: _l("Audit log"),
    subject.INCOMING_WEBHOOK: _l("Incoming webhook"),
    subject.OWN_SERVICE: _l("Your own service"),
    subject.RECORD: _l("Record"),
    subject.INVITATION: _l("Invitation"),
}


_NAMES = frozenset(
    {
        *("name", "sign_in.name", "role.name", "api_key.name", "person.email", "record.name"),
        "incoming.name",
    }
)


def kind_choices() -> list[tuple[str, str]]:
    """(kind, words) of what an entry can be about."""
    return [(kind, str(words)) for kind, words in _KINDS.items()]


def action_choices() -> list[tuple[str, str]]:
    """(action, words), by their words."""
    return sorted(action_words().items(), key=lambda one: one[1])


def subject_label(change: Change, names: Mapping[str, str]) -> str:
    """What an entry is about: its kind, and its name if it has one, else its id."""
    kind = str(_KINDS.get(change.subject_kind, change.subject_kind))
    if change.subject_kind in (subject.SPACE, subject.PORTAL_LINK, subject.AUDIT):
        return kind
    name = names.get(change.subject_id or "") or _name_then(change) or change.subject_id
    return _("%(kind)s “%(name)s”", kind=kind, name=name) if name else kind


def _name_then(change: Change) -> str | None:
    """The name that the entry tells of, of what is gone."""
    for one in change.details:
        if one["field"] in _NAMES:
            return one["after"] or one["before"]
    return None
