"""Hosts that this server may connect to on a customer's word: a name or an address, resolved once and judged then."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from certwright.dcv.addresses import is_public
from certwright.dcv.resolver import LookupFailed
from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from certwright.dcv.resolver import IPAddress, Resolver


class Hosts:
    """Finds the addresses of hosts; those in private networks count only where they are allowed."""

    def __init__(self, resolver: Resolver, *, allow_private_addresses: bool = False) -> None:
        self._resolver = resolver
        self._allow_private = allow_private_addresses

    async def find(self, host: str) -> tuple[str, ...]:
        """Return the addresses that may be connected to, at least one.

        Raises:
            Unavailable: there is none.
        """
        addresses = await self._addresses(host)
        found = tuple(str(each) for each in addresses if self._allow_private or is_public(each))
        if not found:
            raise Unavailable(f"{host} has no public address" if addresses else f"{host} has no address")
        return found

    async def _addresses(self, host: str) -> tuple[IPAddress, ...]:
        try:
            return (ipaddress.ip_address(host),)
        except ValueError:
            pass
        try:
            return (await self._resolver.find_addresses(host)).records
        except LookupFailed as failure:
            raise Unavailable(str(failure)) from failure
