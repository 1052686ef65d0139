"""Which request headers a person may add to a webhook (A8)."""

from __future__ import annotations

import re

from app.outbound.marked import N_

LONGEST_NAME = 200
LONGEST_VALUE = 4096

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 section 5.6.2
_PRINTABLE = re.compile(r"[\x20-\x7e]*")

_HOP_BY_HOP = N_(
    "The header %(name)s cannot be set here: it belongs to a single connection, not to the message."
)
_OURS = N_("The header %(name)s cannot be set here: Hookdesk sets it for every message.")
_CONTENT = N_("The header %(name)s cannot be set here: it describes the data sent, and Hookdesk sets it.")
_OAUTH = N_("The header %(name)s cannot be set here: it follows from what is chosen under Authentication.")
_HOST = N_("The header %(name)s cannot be set here: it always names the server in the address.")

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
    "host": _HOST,
    "authorization": _OAUTH,
    "expect": _OURS,
    "accept-encoding": _OURS,
}
_REFUSED_STARTS = {"proxy-": _HOP_BY_HOP, "content-": _CONTENT, "webhook-": _OURS}


class HeaderRefused(ValueError):
    """A header that cannot be added. `message`: an English sentence, to be translated; `facts`: what goes into it."""

    def __init__(self, message: str, **facts: str) -> None:
        super().__init__(message % facts)
        self.message, self.facts = message, facts


def check_header(name: str, value: str) -> tuple[str, str]:
    """Check a header that a person set; return name and value without surrounding white space.

    The name must be a token, the value 1 to 4,096 printable ASCII characters. Hop-by-hop headers, `Host`,
    `Content-*`, `webhook-*` and `Authorization` are not theirs to set. Raises HeaderRefused.
    """
    name, value = name.strip(), value.strip(" \t")
    _check_name(name)
    if not value:
        raise HeaderRefused(N_("Enter a value for the header %(name)s."), name=name)
    if len(value) > LONGEST_VALUE:
        raise HeaderRefused(
            N_("The value of %(name)s has %(n)s characters; %(most)s is the most."),
            name=name,
            n=f"{len(value):,}",
            most=f"{LONGEST_VALUE:,}",
        )
    if not _PRINTABLE.fullmatch(value):
        raise HeaderRefused(
            N_("Use only letters, digits and signs of plain ASCII in the value of %(name)s."), name=name
        )
    return name, value


def _check_name(name: str) -> None:
    if not name:
        raise HeaderRefused(N_("Enter a name for the header."))
    if len(name) > LONGEST_NAME:
        raise HeaderRefused(N_("Enter a header name of at most %(most)s characters."), most=str(LONGEST_NAME))
    if not _TOKEN.fullmatch(name):
        # The name is not repeated here: it may hold anything.
        raise HeaderRefused(N_("Use only letters, digits and - in a header name, without spaces or colons."))
    refused = _refused(name.lower())
    if refused is not None:
        raise HeaderRefused(refused, name=name)


def _refused(name: str) -> str | None:
    for start, message in _REFUSED_STARTS.items():
        if name.startswith(start):
            return message
    return _REFUSED.get(name)
