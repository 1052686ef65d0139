"""Which request headers a person may add to a webhook (A8)."""

from __future__ import annotations

import re

LONGEST_NAME = 200
LONGEST_VALUE = 4096

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_PRINTABLE = re.compile(r"[\x20-\x7e]*")

_HOP_BY_HOP = "it belongs to a single connection, not to the message"
_OURS = "Hookdesk sets it for every message"
_CONTENT = "it describes the data sent, and Hookdesk sets it"
_SIGN_IN = "it follows from what is chosen under Sign-in"

# RFC 9110 section 7.6.1 lists the hop-by-hop fields. `Expect` would make us wait for the receiver, and
# with another `Accept-Encoding` we could not read its answer.
_REFUSED = {
    "connection": _HOP_BY_HOP,
    "http2-settings": _HOP_BY_HOP,
    "keep-alive": _HOP_BY_HOP,
    "te": _HOP_BY_HOP,
    "trailer": _HOP_BY_HOP,
    "transfer-encoding": _HOP_BY_HOP,
    "upgrade": _HOP_BY_HOP,
    "host": "it always names the server in the address",
    "authorization": _SIGN_IN,
    "expect": _OURS,
    "accept-encoding": _OURS,
}
_REFUSED_STARTS = {"proxy-": _HOP_BY_HOP, "content-": _CONTENT, "webhook-": _OURS}


def check_header(name: str, value: str) -> tuple[str, str]:
    """Check a header that a person set; return name and value without surrounding white space.

    The name must be a token, the value 1 to 4,096 printable ASCII characters. Hop-by-hop headers, `Host`,
    `Content-*`, `webhook-*` and `Authorization` are not theirs to set. Raises ValueError with a sentence.
    """
    name, value = name.strip(), value.strip(" \t")
    _check_name(name)
    if not value:
        raise ValueError(f"Enter a value for the header {name}.")
    if len(value) > LONGEST_VALUE:
        raise ValueError(f"The value of {name} has {len(value):,} characters; {LONGEST_VALUE:,} is the most.")
    if not _PRINTABLE.fullmatch(value):
        raise ValueError(f"Use only letters, digits and signs of plain ASCII in the value of {name}.")
    return name, value


def _check_name(name: str) -> None:
    if not name:
        raise ValueError("Enter a name for the header.")
    if len(name) > LONGEST_NAME:
        raise ValueError(f"Enter a header name of at most {LONGEST_NAME} characters.")
    if not _TOKEN.fullmatch(name):
        # The name is not repeated here: it may hold anything.
        raise ValueError("Use only letters, digits and - in a header name, without spaces or colons.")
    why = _why_refused(name.lower())
    if why is not None:
        raise ValueError(f"The header {name} cannot be set here: {why}.")


def _why_refused(name: str) -> str | None:
    for start, why in _REFUSED_STARTS.items():
        if name.startswith(start):
            return why
    return _REFUSED.get(name)
