"""Proof of control by a DNS record (BR §3.2.2.4.7 DNS Change).

TXT: the value stands anywhere in a TXT record at ``_dnsauth.<name>`` or, failing that, at the name itself. A record
that *contains* the value is enough, as with DigiCert: people wrap it in quotes or words of their own, and with more
than 128 random bits nothing contains it by chance.

CNAME: ``_dnsauth.<name>`` is an alias of exactly ``<value>.<our target>``. Here containing would not do:
``<value>.<our target>.attacker.example`` is somebody else's name.

The names looked at are the FQDN and its parents down to the registrable domain, as the probe lists them. How DNSSEC
comes in is told in ``resolver``.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

from certwright.dcv.resolver import LookupFailed
from certwright.dcv.wording import listed, quoted
from certwright.domain.dcv import DNS_LABEL, ProbeResult, dns_names

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from certwright.dcv.resolver import Answer, Resolver
    from certwright.domain.dcv import Probe

T = TypeVar("T", str, bytes)

TIME_LIMIT = timedelta(seconds=20)
"""How long the names of one probe are looked at, one after the other."""


class TXTProbe:
    """Looks for the value in TXT records."""

    def __init__(self, resolver: Resolver, *, time_limit: timedelta = TIME_LIMIT) -> None:
        self._resolver = resolver
        self._time_limit = time_limit

    async def look(self, probe: Probe) -> ProbeResult:
        """Look at every candidate, longest first, until a record contains the value."""
        value = probe.random_value.encode()
        places = {name: candidate for candidate in probe.candidates for name in dns_names(candidate)}
        with self._resolver.in_turn() as resolver:
            search = _Search(
                kind="TXT",
                find=resolver.find_texts,
                is_proof=lambda text: value in text,
                wanted=f"a TXT record at {DNS_LABEL}.{probe.domain} with the text {probe.random_value}",
            )
            return await search.run(places, self._time_limit)


class CNAMEProbe:
    """Looks for an alias of ``<value>.<target>``."""

    def __init__(self, resolver: Resolver, *, target: str, time_limit: timedelta = TIME_LIMIT) -> None:
        self._resolver = resolver
        self._target = target.rstrip(".").lower()
        self._time_limit = time_limit

    async def look(self, probe: Probe) -> ProbeResult:
        """Look at the underscore label of every candidate, longest first, until its alias is the one wanted."""
        expected = f"{probe.random_value.lower()}.{self._target}"
        places = {f"{DNS_LABEL}.{candidate}": candidate for candidate in probe.candidates}
        with self._resolver.in_turn() as resolver:
            search = _Search(
                kind="CNAME",
                find=resolver.find_alias,
                is_proof=lambda target: target.lower() == f"{expected}.",
                wanted=f"a CNAME record at {DNS_LABEL}.{probe.domain} that points to {expected}",
            )
            return await search.run(places, self._time_limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search(Generic[T]):
    """A hunt through several names for one record: how to find records, which one will do, and what to publish."""

    kind: str
    find: Callable[[str], Awaitable[Answer[T]]]
    is_proof: Callable[[T], bool]
    wanted: str

    async def run(self, places: Mapping[str, str], time_limit: timedelta) -> ProbeResult:
        """Look at the names one after the other; each leads to the Authorization Domain Name that it proves."""
        seen: list[str] = []
        try:
            async with asyncio.timeout(time_limit.total_seconds()):
                for name, candidate in places.items():
                    if await self._is_at(name, seen):
                        return ProbeResult(proved_domain=candidate)
        except TimeoutError:
            seen.append("there was no time left to look further")
        return ProbeResult(
            reason=f"The value was not found in DNS: {listed(seen, separator='; ')}",
            next_step=f"Publish {self.wanted}, then have the name checked again",
        )

    async def _is_at(self, name: str, seen: list[str]) -> bool:
        """Whether the proof stands at a name; otherwise note what was seen there."""
        try:
            answer = await self.find(name)
        except LookupFailed as failure:
            seen.append(str(failure))
            return False
        if any(map(self.is_proof, answer.records)):
            return True
        if answer.records:
            seen.append(f"{name} has {self.kind} {listed([quoted(record) for record in answer.records])}")
        else:
            seen.append(f"{name} has no {self.kind} record" if answer.exists else f"{name} does not exist")
        return False
