"""Origins, as a browser writes them: scheme, host and port (RFC 6454)."""

from __future__ import annotations

import re

# A host by name, or an IPv6 address in brackets; no path, no user, no star.
_ORIGIN = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?")


def origins_in(text: str) -> tuple[str, ...]:
    """The origins in a list with commas, in lower case. Raises ValueError with the first that is none."""
    origins = [part.strip().lower().rstrip("/") for part in text.split(",") if part.strip()]
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(origin)
    return tuple(origins)
