"""Reports from a streaming standby of PostgreSQL, where it is as new as the request needs.

A standby replays the primary's commits in their order. Everything that is done to an account's orders raises the state
of its book (``BookState``) in the same commit. So a standby whose state stands where the primary's stood when the
request came has all that was done to the account's orders up to then, what the caller did among it. What the state
does not speak for (notes, custom fields, requests …) is not to be read here.

A standby that lags behind is passed over for the request; one that fails is left alone for a while, so that an absent
one costs a wait only now and then.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, TypeVar

from certwright.domain.errors import NotFound, StaleRecord, Unavailable
from certwright.store.book_reader import read_state

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.ids import AccountId
    from certwright.services.ports import BookState
    from certwright.store.engine import Connection, Engine

_log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 2.0
_REST_SECONDS = 10.0

T = TypeVar("T")


class PassedOverError(Exception):
    """The standby is behind, away, or broke off: the primary has to answer."""


class Standby:
    """A standby and how it did; ``passed_over`` counts the reports that it could not give, by the reason."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._rests_until = 0.0
        self.answered = 0
        self.passed_over: Counter[str] = Counter()

    async def read(
        self, account_id: AccountId, needed: BookState, ask: Callable[[Connection], Awaitable[T]]
    ) -> T:
        """Ask the standby, if the account's book has come as far as needed there.

        Raises:
            PassedOverError: it has not, or the standby does not answer, or not to the end.
        """
        if time.monotonic() < self._rests_until:
            raise self._passed_over("away")
        try:
            async with AsyncExitStack() as stack:
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    connection = await stack.enter_async_context(self._engine.reading())
                    is_behind = await _lacks(connection, account_id, needed)
                if is_behind:
                    raise self._passed_over("behind")
                answer = await ask(connection)
        except (Unavailable, TimeoutError) as cause:
            self._rests_until = time.monotonic() + _REST_SECONDS
            _log.warning("The standby does not answer; the primary does for %s seconds", _REST_SECONDS)
            raise self._passed_over("away") from cause
        except StaleRecord as cause:
            # The replay took away what the question was looking at.
            raise self._passed_over("interrupted") from cause
        self.answered += 1
        return answer

    def _passed_over(self, reason: str) -> PassedOverError:
        self.passed_over[reason] += 1
        return PassedOverError(reason)


async def _lacks(connection: Connection, account_id: AccountId, needed: BookState) -> bool:
    try:
        return (await read_state(connection, account_id)).lacks(needed)
    except NotFound:
        return True  # the account itself has not come there yet
