"""Who calls: a hash made with an administrative key (S1), or the key itself as a bearer token."""

from __future__ import annotations

from flask import request

from app.api.action.parameters import Parameters
from app.api.action.shapes import WRONG_HASH, ActionRefused
from app.api.authentication import bearer
from app.core.acting import act_as
from app.core.actor import KEY, Actor
from app.models import ApiKey
from app.models.api_key import ADMINISTRATIVE
from app.services.api_keys import find_key, find_signer, note_use


def signer(parameters: Parameters) -> str:
    """The space whose key signed the call. Raises `ActionRefused`."""
    key = find_signer(parameters.signed, parameters.claimed)
    if key is None:
        raise ActionRefused(WRONG_HASH)
    return _act(key)


def bearer_of_token() -> str:
    """The space of the key in `Authorization: Bearer`. Raises `ActionRefused` (401, 403 as RFC 6750 wants)."""
    key = find_key(bearer())
    if key is None:
        raise _unauthorized(401, "Access token is missed or invalid", "")
    if not key.allows(ADMINISTRATIVE):
        wanted = f', error="insufficient_scope", scope="{ADMINISTRATIVE}"'
        raise _unauthorized(403, "Access token lacks the scope administrative", wanted)
    return _act(key)


def _act(key: ApiKey) -> str:
    if key.space_archived_at is not None:
        raise _unauthorized(403, "The space is archived", "")
    note_use(key, request.remote_addr or "")
    act_as(Actor(KEY, key.name, key.id, request.remote_addr or ""))
    return key.space_id


def _unauthorized(status: int, message: str, more: str) -> ActionRefused:
    challenge = {"WWW-Authenticate": f'Bearer realm="Hookdesk"{more}'}
    return ActionRefused(status, message, http_status=status, headers=challenge)
