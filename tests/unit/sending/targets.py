"""A webhook as the engine sees it, for tests of what is sent."""

from __future__ import annotations

from app.sending.message.sender_identity import SenderIdentity
from app.sending.message.signing import new_secret
from app.sending.message.sns_key import new_key
from app.sending.message.target import Target, target_from

KEY = new_key("1", "hooks.example.com")
HEAD = SenderIdentity("https://my.uspacy.ua", lambda: KEY)


def target(secret: str | None = None, **changes: object) -> Target:
    """A target for the newest kind of webhook; `changes` are columns of its row. secret: a new one otherwise."""
    row = {
        "id": "whk_1",
        "version": 1,
        "space_id": "spc_1",
        "url": "https://crm.example.com/hook?a=b",
        "method": "POST",
        "format": "standard",
        "payload_fields": None,
        "sns_version": "1",
        "auth_kind": "none",
        "auth_username": "",
        "auth_password": None,
        "own_headers": None,
        "success_rule": "2xx",
        "timeout_s": 5,
        "retry_schedule": [300],
        "secrets": [(secret or new_secret(), None)],
    }
    return target_from(row | changes, lambda kept: kept, HEAD)
