"""Is the device where the person is, as far as two addresses can tell?"""

import ipaddress

from kit.limits import network_of


def near(one: str, other: str) -> bool | None:
    """True behind the same connection, False behind two; None when one came by IPv4 and the other by IPv6."""
    if network_of(one) == network_of(other):
        return True
    try:
        here, there = (ipaddress.ip_address(said) for said in (one, other))
    except ValueError:
        return None
    if here.is_loopback and there.is_loopback:
        return True
    return None if here.version != there.version else False
