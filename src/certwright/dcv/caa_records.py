"""CAA records of names, looked up once for all who ask at the same time and kept for as long as their zones allow.

What is found, or not, at a name is kept for its TTL (RFC 2308: for an absence the SOA record tells), and never longer than
the eight hours after which a CA must ask again (BR §4.2.2.1). A look-up that fails is not kept: the next one may succeed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.dcv.resolver import Answer, CAARecord, Resolver
    from certwright.services.ports import Clock

_LONGEST = timedelta(hours=8)
_MOST_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Answer[CAARecord]
    until: datetime


class CAARecords:
    """Finds CAA records, and remembers those of the names that were asked for last."""

    def __init__(self, resolver: Resolver, clock: Clock, *, most: int = _MOST_NAMES) -> None:
        self._resolver = resolver
        self._clock = clock
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._asked: dict[str, asyncio.Task[Answer[CAARecord]]] = {}

    async def find(self, name: str) -> Answer[CAARecord]:
        """Find the CAA records at a name, as ``Resolver.find_caa`` does.

        Raises:
            LookupFailed: nothing can be told now.
        """
        kept = self._kept.get(name)
        if kept is not None and self._clock.now() < kept.until:
            self._kept.move_to_end(name)
            return kept.answer
        asked = self._asked.get(name)
        if asked is None:
            # A task of its own: whoever asked first may be canceled while others wait too.
            asked = self._asked[name] = asyncio.create_task(self._ask(name))
            asked.add_done_callback(lambda task: self._forget(name, task))
        return await asyncio.shield(asked)

    async def _ask(self, name: str) -> Answer[CAARecord]:
        asked_at = self._clock.now()
        answer = await self._resolver.find_caa(name)
        self._kept[name] = _Kept(answer, asked_at + min(answer.lifetime, _LONGEST))
        self._kept.move_to_end(name)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return answer

    def _forget(self, name: str, task: asyncio.Task[Answer[CAARecord]]) -> None:
        del self._asked[name]
        if not task.cancelled():
            task.exception()  # known to those who wait, if any still do
