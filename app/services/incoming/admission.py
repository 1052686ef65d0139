"""Whether a call may come in: where it comes from, how often, with which tool, method and right (D1, D3)."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from app.models.incoming_webhook import READING
from app.services.incoming.rate import rate
from app.services.incoming.rights import Caller
from app.services.incoming.tools import IncomingTool

# Why a call was refused, one stable word each; the log shows them in words.
ADDRESS_ENDED, TURNED_OFF, NETWORK, TOO_FAST = "address_ended", "turned_off", "network", "too_fast"
MAKER_GONE, TOOL, METHOD, READ_ONLY, RIGHT = "maker_gone", "tool", "method", "read_only", "right"
SPACE_ARCHIVED = "space_archived"


class NotAdmitted(Exception):
    """The call may not come in. `reason`: one of the words above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooFast(NotAdmitted):
    """Too many calls in this minute."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(TOO_FAST)
        self.retry_after_s = retry_after_s


def keep_rate(caller: Caller) -> None:
    """Count the call. Raises `TooFast`."""
    webhook = caller.webhook
    if seconds := rate().wait_s(webhook.id, webhook.calls_a_minute):
        raise TooFast(seconds)


def admit(caller: Caller, from_address: str) -> None:
    """Let it in as far as its address, its state and its network go. Raises `NotAdmitted`."""
    webhook = caller.webhook
    if not caller.works:
        raise NotAdmitted(ADDRESS_ENDED)
    if caller.archived:
        raise NotAdmitted(SPACE_ARCHIVED)
    if not webhook.active:
        raise NotAdmitted(TURNED_OFF)
    if webhook.networks and not _is_within(from_address, webhook.networks):
        raise NotAdmitted(NETWORK)
    if caller.gone:
        raise NotAdmitted(MAKER_GONE)


def allow(caller: Caller, tool: IncomingTool, method: str) -> None:
    """Let it use a tool with a method. Raises `NotAdmitted`."""
    webhook, reads = caller.webhook, method in READING
    if tool.key not in webhook.tools:
        raise NotAdmitted(TOOL)
    if webhook.read_only and not reads:
        raise NotAdmitted(READ_ONLY)
    if not webhook.takes(method):
        raise NotAdmitted(METHOD)
    if not caller.may(tool.needed(reads)):
        raise NotAdmitted(RIGHT)


def _is_within(address: str, networks: list[str]) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in ip_network(network) for network in networks)
