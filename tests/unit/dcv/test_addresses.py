"""Only addresses of the public Internet are public."""

from ipaddress import ip_address

import pytest

from certwright.dcv.addresses import is_public


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "172.32.0.1", "223.255.255.254", "2606:2800::1", "2a00:1450::1"]
)
def test_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:8.8.8.8",  # IPv4-mapped
        "::127.0.0.1",  # IPv4-compatible
        "64:ff9b::7f00:1",  # NAT64
        "64:ff9b:1::1",  # local NAT64
        "100::1",  # discard
        "2001::1",  # Teredo
        "2001:db8::1",  # documentation
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "3fff::1",  # documentation
        "5f00::1",  # segment routing
        "fc00::1",  # unique local
        "fd12:3456::1",
        "fe80::1",  # link-local
        "fec0::1",  # site-local
        "ff02::1",  # multicast
    ],
)
def test_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
