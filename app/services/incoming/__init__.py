"""Incoming webhooks: another system uses the tools of a space through a secret address (D1 to D4, D6, D7).

`crud` and `addresses` keep them, `admission` says who may come in, `calls` writes the log, `record_calls` serves
the tools from the records here, `own_services` passes them on, `sources` turns messages of others into events.
"""

from __future__ import annotations

from app.services.incoming.addresses import address_of, end_old_addresses, renew
from app.services.incoming.crud import Maker, create, delete, set_active, update
from app.services.incoming.finding import find

__all__ = [
    "Maker",
    "address_of",
    "create",
    "delete",
    "end_old_addresses",
    "find",
    "renew",
    "set_active",
    "update",
]
