"""Where the next page of a list begins. Opaque to whoever carries it, and checked when it comes back."""

from __future__ import annotations

import base64
import re

_DELIVERY_ID = re.compile(r"dlv_[0-9a-f]{12,36}")


class BadCursor(ValueError):
    """A cursor that we did not make."""


def encode_cursor(delivery_id: str) -> str:
    """The cursor for the page of what is older than this delivery."""
    return base64.urlsafe_b64encode(delivery_id.encode()).decode().rstrip("=")


def decode_cursor(text: str) -> str:
    """The delivery id in a cursor. Raises `BadCursor`."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        delivery_id = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        raise BadCursor(text) from None
    if not _DELIVERY_ID.fullmatch(delivery_id):
        raise BadCursor(text)
    return delivery_id
