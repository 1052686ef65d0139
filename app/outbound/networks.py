"""Which IP addresses are public, by our own lists.

`ipaddress.is_private` and `is_global` are not used: their meaning moves between Python versions, and they
call some addresses public that lead inside (6to4, NAT64, the cloud providers' 168.63.129.16).
Sources: the IANA special-purpose address registries (RFC 6890) and the providers' metadata addresses.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from .policy import OutboundPolicy

DENIED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
ALLOWED_V6 = IPv6Network("2000::/3")
DENIED_V6 = tuple(
    IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


def is_public(ip: IPv4Address | IPv6Address | str) -> bool:
    """Say whether an address belongs to the public internet. An address with a zone never does.

    Raises ValueError if `ip` is text that is no IP address.
    """
    address = _unmapped(ip)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in DENIED_V4)
    if address.scope_id is not None or address not in ALLOWED_V6:
        return False
    return not any(address in network for network in DENIED_V6)


def may_dial(ip: IPv4Address | IPv6Address | str, policy: OutboundPolicy) -> bool:
    """Say whether `policy` lets us open a connection to this address: public, or allowed by its networks."""
    address = _unmapped(ip)
    return is_public(address) or any(address in network for network in policy.allow_networks)


def _unmapped(ip: IPv4Address | IPv6Address | str) -> IPv4Address | IPv6Address:
    """The IPv4 address inside `::ffff:a.b.c.d`, because that is what the system would dial."""
    address = ip_address(ip) if isinstance(ip, str) else ip
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
