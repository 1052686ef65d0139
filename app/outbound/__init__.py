"""The one way out: address policy and the libcurl transfer.

Every address that a person can type leaves through this package: receivers, OAuth token
addresses, own services and confirmations. It decides which addresses may be dialled, carries the bytes,
and names what went wrong in one stable word.

What may live here: rules about addresses and networks, name lookup, the transfer itself, the reading of
its outcome. What may not: Flask, RQ, SQL, settings, retry schedules, success rules, sentences for people
(except the messages about a typed address, which are marked for translation here and translated by the
caller).

Start with `TransferLoop` (many at once, for workers) or `send_one` (one, for whoever waits); both need a
`Request` and an `OutboundPolicy`. `check_address` is for the moment an address is saved.
"""

from .address import AddressRefused, check_address
from .certificates import Certificate
from .exchange import Exchange, Request
from .handle import header_lines
from .loop import TransferLoop
from .networks import is_public, may_dial
from .one import OneByOne, send_one
from .policy import OutboundPolicy

__all__ = [
    "AddressRefused",
    "Certificate",
    "Exchange",
    "OneByOne",
    "OutboundPolicy",
    "Request",
    "TransferLoop",
    "check_address",
    "header_lines",
    "is_public",
    "may_dial",
    "send_one",
]
