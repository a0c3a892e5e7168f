"""Which network addresses somebody else's words may make us call."""

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

_NOT_PUBLIC = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private (RFC 1918)
        "100.64.0.0/10",  # behind a carrier's translation (RFC 6598)
        "127.0.0.0/8",  # this machine
        "169.254.0.0/16",  # link-local, where clouds tell secrets to their machines
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols' own
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: answers for private names
        "192.52.193.0/24",  # automatic multicast tunnels
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "::/96",  # unspecified, loopback, IPv4 written as IPv6
        "64:ff9b:1::/48",  # local translation (RFC 8215)
        "100::/64",  # thrown away
        "2001::/23",  # protocols' own, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fc00::/7",  # private
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local, as it was
        "ff00::/8",  # multicast
    )
)
"""The registries of special-purpose addresses (RFC 6890), said here: what a Python knows of them depends on its age."""

_TRANSLATED = IPv6Network("64:ff9b::/96")
"""RFC 6052: an IPv4 address reached from a network that has none."""


def read(text: str) -> Address:
    """The address as the machine will use it: without zone, IPv4 out of its IPv6 clothes. Raises ValueError."""
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def written(host: str) -> Address | None:
    """The address that a host is by itself, also where it is written oddly ("127.1", "0x7f000001"); None for a name."""
    try:
        return read(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def public(address: Address) -> bool:
    """True for an address of the public internet."""
    known = any(address in network for network in _NOT_PUBLIC)
    return not known and address.is_global and not address.is_multicast


def within(address: Address, networks: Iterable[str]) -> bool:
    """True when one of `networks` ("10.1.0.0/16") holds the address."""
    return any(address in ip_network(network, strict=False) for network in networks)
