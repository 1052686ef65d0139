"""What an entry is about."""

from __future__ import annotations

from typing import NamedTuple

WEBHOOK, OAUTH_CREDENTIAL, ROLE, PERSON, API_KEY = "webhook", "oauth_credential", "role", "person", "api_key"
SPACE, EVENT_TYPE, INBOX, DELIVERY = "space", "event_type", "inbox", "delivery"
PORTAL_LINK, AUDIT = "portal_link", "audit"
RECORD, INVITATION = "record", "invitation"
INCOMING_WEBHOOK, OWN_SERVICE = "incoming_webhook", "own_service"
SUBJECT_KINDS = (
    *(WEBHOOK, OAUTH_CREDENTIAL, ROLE, PERSON, API_KEY, SPACE, EVENT_TYPE, INBOX, DELIVERY),
    *(PORTAL_LINK, AUDIT, RECORD, INVITATION, INCOMING_WEBHOOK, OWN_SERVICE),
)


class Subject(NamedTuple):
    """Its kind, and its id, which stays when the thing itself is gone. None: of entries older than the audit."""

    kind: str
    id: str | None
