"""Running a use case again when somebody else was faster.

A ``StaleRecord`` says that nothing of a transaction was kept because a row had moved on since it was read. The use case
then reads the rows as they are now and decides anew, so that a client never hears of a race it can do nothing about.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from certwright.domain.errors import StaleRecord

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_TRIES = 5

P = ParamSpec("P")
T = TypeVar("T")


def again_when_stale(use_case: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Wrap a use case of one transaction so that it is run again, a few times, when it raises ``StaleRecord``."""

    @functools.wraps(use_case)
    async def repeated(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_TRIES - 1):
            try:
                return await use_case(*args, **kwargs)
            except StaleRecord:
                continue
        return await use_case(*args, **kwargs)

    return repeated
