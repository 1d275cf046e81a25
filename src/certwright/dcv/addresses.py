"""Which IP addresses are out on the public Internet, and so may be connected to on an applicant's word.

IPv4: all but the special-purpose blocks (IANA registry, RFC 6890). IPv6: only global unicast (2000::/3) without its
special blocks; so IPv4-mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96), unique local, link-local and multicast addresses,
each of which may lead into a private network, are out from the start. The tables are ours because those of the
standard library differ between its versions.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_V4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # carriers' shared space, RFC 6598
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, and the metadata services of clouds
        "172.16.0.0/12",  # private, RFC 1918
        "192.0.0.0/24",  # protocol assignments, RFC 6890
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "192.168.0.0/16",  # private, RFC 1918
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation, RFC 5737
        "203.0.113.0/24",  # documentation, RFC 5737
        "224.0.0.0/3",  # multicast, reserved and broadcast
    )
)

_GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

_SPECIAL_V6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarks, RFC 2928
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4: carries any IPv4 address, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is out on the public Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_V4)
    return address in _GLOBAL_UNICAST_V6 and not any(address in block for block in _SPECIAL_V6)
