"""Bodies that are too large: read and thrown away, so that the answer arrives.

A server that closes while bytes are under way makes the caller's machine throw the answer away: it sees a broken pipe,
and not the 413.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# As large as the largest call there is (a batch of events), twice. What says that it is larger is cut off.
MOST_DRAINED = 64 * 1024 * 1024
_PIECE = 64 * 1024


def drain(environ: Mapping[str, Any]) -> None:
    """Read what is left of a request's body, unless it is said to be larger than anything we take."""
    left = _announced(environ)
    source = environ.get("wsgi.input")
    while source is not None and left > 0:
        piece = source.read(min(_PIECE, left))
        if not piece:
            return
        left -= len(piece)


def _announced(environ: Mapping[str, Any]) -> int:
    """How many bytes Content-Length tells; 0 without one (chunked: nobody knows where it ends) or beyond the limit."""
    text = str(environ.get("CONTENT_LENGTH") or "")
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return size if size <= MOST_DRAINED else 0
