"""What is kept of a token that only its holder knows: enough to find it again, and nothing to use it with."""

from __future__ import annotations

import hashlib


def digest_of(token: str) -> str:
    """SHA-256 in hex, 64 characters. For tokens of 128 random bits or more: passwords need a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
