"""The lists of networks, by property and by name."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.outbound import OutboundPolicy, is_public, may_dial
from app.outbound.networks import DENIED_V4, DENIED_V6

DENIED_BY_NAME = [
    "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
    "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.170.2", "172.16.0.0",
    "172.31.255.255", "192.0.0.0", "192.0.0.192", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1",
    "192.168.0.0", "192.168.255.255", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.0", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "2620:4f:8000::1",
    "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1",
    "2606:4700::1%eth0",
]  # fmt: skip
PUBLIC_BY_NAME = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "172.15.255.255", "172.32.0.0",
    "191.255.255.255", "192.0.1.0", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
    "2606:4700:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:8.8.8.8", "3ffe::1",
]  # fmt: skip

v4_inside = st.sampled_from(DENIED_V4).flatmap(
    lambda n: st.integers(int(n.network_address), int(n.broadcast_address)).map(IPv4Address)
)
v6_inside = st.sampled_from(DENIED_V6).flatmap(
    lambda n: st.integers(int(n.network_address), int(n.broadcast_address)).map(IPv6Address)
)


@pytest.mark.parametrize("text", DENIED_BY_NAME)
def test_an_address_that_leads_inside_is_not_public(text: str) -> None:
    assert not is_public(text)
    assert not may_dial(text, OutboundPolicy())


@pytest.mark.parametrize("text", PUBLIC_BY_NAME)
def test_an_ordinary_address_is_public(text: str) -> None:
    assert is_public(text)
    assert may_dial(ip_address(text), OutboundPolicy())


@given(v4_inside)
def test_nothing_in_a_denied_v4_network_is_public(ip: IPv4Address) -> None:
    assert not is_public(ip)
    assert not is_public(IPv6Address(f"::ffff:{ip}"))
    assert not is_public(f"::ffff:{ip}")


@given(v6_inside)
def test_nothing_in_a_denied_v6_network_is_public(ip: IPv6Address) -> None:
    assert not is_public(ip)


@given(st.ip_addresses(v=6))
def test_v6_outside_2000_3_is_never_public(ip: IPv6Address) -> None:
    if ip.ipv4_mapped is None and ip not in ip_network("2000::/3"):
        assert not is_public(ip)


@given(st.ip_addresses(v=4))
def test_a_v4_address_is_public_exactly_when_no_network_denies_it(ip: IPv4Address) -> None:
    assert is_public(ip) is not any(ip in network for network in DENIED_V4)


@given(st.ip_addresses(), st.integers(0, 32))
def test_an_allowed_network_may_be_dialled(ip: IPv4Address | IPv6Address, prefix: int) -> None:
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    network = ip_network((ip, prefix), strict=False)
    policy = OutboundPolicy(allow_networks=(network,))
    assert may_dial(ip, policy)
    assert may_dial(str(ip), policy)


def test_an_allowed_v4_network_covers_its_mapped_form_and_nothing_beside_it() -> None:
    policy = OutboundPolicy(allow_networks=(ip_network("10.1.0.0/16"),))
    assert may_dial("::ffff:10.1.2.3", policy)
    assert not may_dial("10.2.0.1", policy)
    assert not may_dial("::1", policy)


def test_an_inbox_prefix_must_not_be_continuable_into_a_host() -> None:
    with pytest.raises(ValueError, match="slash"):
        OutboundPolicy(own_inbox="http://127.0.0.1")
