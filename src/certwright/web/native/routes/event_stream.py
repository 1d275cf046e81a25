"""Changes as server-sent events: an answer that goes on until the client goes, its key is shut, or the server ends."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from certwright.domain.errors import CertwrightError
from certwright.web.native.errors import HEADERS
from certwright.web.native.translate.changes import events, first_event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from certwright.domain.account import Caller
    from certwright.domain.query import ChangePage
    from certwright.services.feed import Feed, Follower

MEDIA_TYPE = "text/event-stream"

ENDLESS = "certwright.endless"
"""In the state of a request whose answer has no end: the server's own need not wait until it has been read."""

_AT_ONCE = 100
_RETRY_AFTER = timedelta(seconds=2)

_log = logging.getLogger(__name__)


class EventStream(StreamingResponse):
    """The changes behind a cursor, and then each as it happens.

    The next part of the log is read when the one before has been taken off our hands, so that a slow reader costs no
    memory. After each ``heartbeat`` of silence a comment is sent; as often, ``check`` may say, by raising, that the key
    is not good any more.
    """

    def __init__(
        self,
        feed: Feed,
        caller: Caller,
        *,
        after: int,
        check: Callable[[], Awaitable[object]],
        heartbeat: timedelta = timedelta(seconds=15),
    ) -> None:
        # Proxies of the nginx kind would keep events back until they have a bufferful.
        super().__init__((), headers={**HEADERS, "X-Accel-Buffering": "no"}, media_type=MEDIA_TYPE)
        self._feed = feed
        self._caller = caller
        self._after = after
        self._check = check
        self._heartbeat = heartbeat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        scope.setdefault("state", {})[ENDLESS] = True
        await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        """Send it all; a client that goes away cancels this.

        Raises:
            CertwrightError: before anything has been sent, what is to be answered in its place.
        """
        with self._feed.follow(self._caller) as follower:
            page = await follower.read(after=self._after, limit=_AT_ONCE, wait=timedelta(0))
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await _send(send, first_event(self._after, retry_after=_RETRY_AFTER))
            try:
                await self._send_on(follower, page, send)
            except CertwrightError as failure:
                # It is too late to say so; the client comes again and is told then, or goes on where it stopped.
                _log.info("A stream of changes ended: %s", failure.message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_on(self, follower: Follower, page: ChangePage, send: Send) -> None:
        after, checked_at = self._after, time.monotonic()
        while True:
            await _send(send, events(page, after=after))
            if follower.is_over:
                return
            if time.monotonic() - checked_at >= self._heartbeat.total_seconds():
                await self._check()
                checked_at = time.monotonic()
            after = page.cursor
            # Neither reading from SQLite nor sending to a fast reader lets others run.
            await asyncio.sleep(0)
            page = await follower.read(after=after, limit=_AT_ONCE, wait=self._heartbeat)


async def _send(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
