"""API keys: what they look like, who has which, when they were used, when they end."""

from app.services.api_keys.keys import (
    create_key,
    digest_of,
    find,
    find_key,
    find_signer,
    forget_keys_of,
    grantable_scopes,
    list_keys,
    read_key,
    revoke_key,
)
from app.services.api_keys.use import note_use, noted_lately

__all__ = [
    "create_key",
    "digest_of",
    "find",
    "find_key",
    "find_signer",
    "forget_keys_of",
    "grantable_scopes",
    "list_keys",
    "note_use",
    "noted_lately",
    "read_key",
    "revoke_key",
]
