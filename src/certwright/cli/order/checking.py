"""Checking orders of a file, in processes of their own: the signature of a CSR alone takes as long as storing an order.

What a ``Checker`` does needs neither the database nor the network. Its processes end with the one that started them,
however that ends.
"""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from certwright.cli.order.transport import Checked, Refusal, pack, unpack
from certwright.domain.errors import CertwrightError, Unavailable, UnusableCSR
from certwright.services.new_order import check_order
from certwright.web.native.translate.new_orders import key_of, new_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from certwright.cli.order.reading import Record, Shape
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.product import Catalogue
    from certwright.services.idempotency import IdempotencyKey
    from certwright.web.native.schemas.new_orders import WantedOrder

_MOST_PROCESSES = 4
_MOST_CSR_BYTES = 64 * 1024
_FEWEST_FOR_PROCESSES = 1000
"""Below so many orders, processes take longer to start than they save."""


Check = Callable[[Sequence["Record"], "datetime"], Awaitable[list[Checked]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """What it takes to judge the records of a file by themselves.

    ``name`` is the file's, under which its lines are known again; paths of CSRs start from ``folder``.
    """

    shape: Shape
    name: str
    folder: Path
    catalogue: Catalogue
    blocklist: KeyBlocklist

    def check(self, records: Sequence[Record], at: datetime) -> list[Checked]:
        """Judge records."""
        return [self._check(record, at) for record in records]

    def find_key(self, record: Record) -> IdempotencyKey | None:
        """Return under which name a record is placed; ``None`` if it can't be."""
        try:
            return self._key(record, self.shape.decode(record.content))
        except CertwrightError:
            return None

    def _check(self, record: Record, at: datetime) -> Checked:
        try:
            wanted = self.shape.decode(record.content)
            key = self._key(record, wanted)
            return check_order(new_order(self._with_csr(wanted), self.catalogue, key), self.blocklist, at)
        except CertwrightError as refusal:
            return Refusal.of(refusal)

    def _key(self, record: Record, wanted: WantedOrder) -> IdempotencyKey | None:
        # Of a fixed width, so that the keys of a file stand side by side in the index, in the order of its lines.
        return key_of(wanted) or key_of(wanted, f"import\t{self.name}\t{record.line:012}")

    def _with_csr(self, wanted: WantedOrder) -> WantedOrder:
        """Read the CSR of an order that names a file."""
        if not wanted.csr or "-----BEGIN" in wanted.csr:
            return wanted
        try:
            with (self.folder / wanted.csr).open("rb") as file:
                text = file.read(_MOST_CSR_BYTES).decode("ascii")
        except (OSError, ValueError) as cause:
            raise UnusableCSR.for_field("csr", f"The CSR file {wanted.csr[:200]!r} can't be read") from cause
        return msgspec.structs.replace(wanted, csr=text)


@contextmanager
def checking(checker: Checker, orders: int) -> Iterator[Check]:
    """Give what checks so many orders: beside this process if that pays, else in it."""

    async def check_here(records: Sequence[Record], at: datetime) -> list[Checked]:
        return checker.check(records, at)

    async def check_beside(records: Sequence[Record], at: datetime) -> list[Checked]:
        try:
            packed = await asyncio.get_running_loop().run_in_executor(pool, partial(_check, records, at))
        except BrokenExecutor as cause:
            raise Unavailable("A process that checks orders has died") from cause
        return unpack(packed, checker.catalogue)

    if orders < _FEWEST_FOR_PROCESSES:
        yield check_here
        return
    count = min(_MOST_PROCESSES, max(1, (os.cpu_count() or 1) - 1))
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(checker,))
    try:
        yield check_beside
    finally:
        pool.shutdown(cancel_futures=True)


_checkers: list[Checker] = []
"""What this process was started for, if it was started to check."""


def _begin(checker: Checker) -> None:
    """Make a process ready, and have it end when its parent does."""
    _checkers.append(checker)
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets it too, and ends us
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _check(records: Sequence[Record], at: datetime) -> bytes:
    return pack(_checkers[0].check(records, at))
