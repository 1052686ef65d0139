"""The small facts that a sentence about an exchange needs."""

import pycurl

from .address import Place
from .certificates import explain, read_chain
from .exchange import Exchange, Request


def add_facts(exchange: Exchange, request: Request, place: Place, curl: pycurl.Curl) -> None:
    """Add what the transfer on `curl` shows: the host that failed, certificates, a new address, or the time limit.

    A certificate chain can also change the fault into a more exact one.
    """
    if request.keep_certificates:
        exchange.certificates = tuple(read_chain(curl))
    if exchange.fault is None:
        if exchange.status is not None and 300 <= exchange.status < 400:
            _add_location(exchange)
        return
    exchange.facts["host"] = place.host
    if exchange.fault.startswith("tls_"):
        exchange.fault, facts = explain(exchange.fault, read_chain(curl))
        exchange.facts.update(facts)
    elif exchange.fault in ("connect_timeout", "read_timeout"):
        add_limit(exchange, request)


def add_limit(exchange: Exchange, request: Request) -> None:
    """Add the time limit that ended the exchange, in seconds."""
    exchange.facts["seconds"] = f"{request.timeout_ms / 1000:g}"


def _add_location(exchange: Exchange) -> None:
    for name, value in exchange.headers:
        if name.lower() == "location":
            exchange.facts["location"] = value
            return
