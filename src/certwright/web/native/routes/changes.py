"""The change feed: every status change of the account, once, in the order of the commits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from certwright.domain.permission import Area
from certwright.domain.query import ChangePage
from certwright.web.native.auth import authenticate
from certwright.web.native.routes import event_stream, examples
from certwright.web.native.routes.endpoint import operation, read_query
from certwright.web.native.routes.event_stream import EventStream
from certwright.web.native.schemas.changes import Changes, ChangesQuery
from certwright.web.native.translate import changes
from certwright.web.shared.openapi import Parameter

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_LAST_EVENT_ID = "Last-Event-ID"


async def list_changes(use: UseCases, caller: Caller, request: Request) -> Changes | EventStream:
    """Read on in the log of status changes, wait for more, or have them sent as they happen."""
    query = read_query(request, ChangesQuery)
    streams = _wants_stream(request)
    last_id = request.headers.get(_LAST_EVENT_ID) if streams else None
    after = changes.parse_last_event_id(last_id) if last_id else changes.parse_cursor(query.after)
    if after is None:
        after = await use.feed.find_end(caller.account_id)
    if streams:
        return EventStream(use.feed, caller, after=after, check=partial(authenticate, use.accounts, request))
    if not query.wait or request.method == "HEAD":
        return changes.changes(await use.feed.read(caller, after=after, limit=query.limit))
    return changes.changes(await _wait(use, caller, request, after=after, query=query))


async def _wait(
    use: UseCases, caller: Caller, request: Request, *, after: int, query: ChangesQuery
) -> ChangePage:
    """Read a page that has changes, however long that takes within the wait; a client that goes is not waited for."""
    with use.feed.follow(caller) as follower:
        reading = asyncio.create_task(
            follower.read(after=after, limit=query.limit, wait=timedelta(seconds=query.wait))
        )
        gone = asyncio.create_task(_disconnection(request))
        try:
            await asyncio.wait({reading, gone}, return_when=asyncio.FIRST_COMPLETED)
            # Nobody gets to see the other answer.
            return await reading if reading.done() else ChangePage(items=(), cursor=after, has_more=True)
        finally:
            for task in (reading, gone):
                task.cancel()
            await asyncio.gather(reading, gone, return_exceptions=True)


async def _disconnection(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _wants_stream(request: Request) -> bool:
    if request.method == "HEAD":
        return False
    ranges = request.headers.get("accept", "").split(",")
    return any(each.partition(";")[0].strip().lower() == event_stream.MEDIA_TYPE for each in ranges)


OPERATIONS = (
    operation(
        list_changes,
        "GET",
        "/changes",
        Area.ORDERS,
        query=ChangesQuery,
        headers=(
            Parameter(
                name=_LAST_EVENT_ID,
                where="header",
                description="Of a stream: the id of the last event that came; it wins over after.",
                schema={"type": "string", "pattern": "^[0-9]{1,18}$"},
                example="17",
            ),
        ),
        answer=Changes,
        answer_example=examples.CHANGES,
        further_answers={event_stream.MEDIA_TYPE: {"type": "string"}},
    ),
)
