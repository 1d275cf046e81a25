"""The way to look for each kind of proof, as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.dcv.addresses import is_public
from certwright.dcv.dns_record import CNAMEProbe, TXTProbe
from certwright.dcv.fetcher import STANDARD_PORTS, Fetcher
from certwright.dcv.website import WebsiteProbe
from certwright.domain.dcv import DCVMethod, ProbeResult

if TYPE_CHECKING:
    from certwright.dcv.resolver import IPAddress, Resolver
    from certwright.domain.dcv import Probe
    from certwright.services.ports import DomainProbe


class NetworkProbe:
    """Looks for a value by DNS or by HTTP, whichever the probe's method says.

    ``cname_target`` is the name under which CNAME proofs point; ``http_port`` is where applicants' web servers are
    expected, 80 but in tests and demos; ``allow_private_addresses`` lets files be fetched from loopback and private
    networks, which is for servers that have no other customers than their owner.
    """

    def __init__(
        self,
        resolver: Resolver,
        *,
        cname_target: str,
        http_port: int = 80,
        allow_private_addresses: bool = False,
    ) -> None:
        fetcher = Fetcher(
            resolver,
            ports={*STANDARD_PORTS, http_port},
            may_connect=_any_address if allow_private_addresses else is_public,
        )
        self._probes: dict[DCVMethod, DomainProbe] = {
            DCVMethod.DNS_TXT: TXTProbe(resolver),
            DCVMethod.DNS_CNAME: CNAMEProbe(resolver, target=cname_target),
            DCVMethod.WEBSITE: WebsiteProbe(fetcher, port=http_port),
        }

    async def look(self, probe: Probe) -> ProbeResult:
        """Look once; e-mail is answered by a person, so there is nothing to look for.

        Raises:
            ValueError: the probe has no value, which every record and file would contain.
        """
        if not probe.random_value:
            raise ValueError(f"There is no random value to look for at {probe.domain}")
        chosen = self._probes.get(probe.method)
        if chosen is None:
            return ProbeResult(
                reason="The approval e-mail has not been answered yet",
                next_step="Follow the link in the approval e-mail, or choose another method",
            )
        return await chosen.look(probe)


def _any_address(_: IPAddress) -> bool:
    return True
