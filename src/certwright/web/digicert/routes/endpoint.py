"""What every operation does alike: who asks, may the answer be JSON, the body, the answer itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from certwright.domain.account import Caller
from certwright.domain.errors import NotFound
from certwright.domain.ids import HIGHEST_ID
from certwright.web.digicert.auth import authenticate, check_may
from certwright.web.digicert.errors import HEADERS
from certwright.web.digicert.translate.query_string import parse_query_string
from certwright.web.shared.bodies import decode_json, read_body
from certwright.web.shared.dialect import Address

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Sequence

    from certwright.services.accounts import Accounts
    from certwright.web.digicert.translate.query_string import QueryString
    from certwright.web.shared.rate_limits import RateLimits

PREFIX = "/services/v2"
"""What the path of every operation begins with."""

_JSON = "application/json"
_MAX_ID_DIGITS = 10
_PIECES_OF_A_SHORT_LIST = 2

Handler = Callable[[Caller, Request], Awaitable[Response]]

Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the API; the path is given without the prefix that all have.

    Files are sent whatever the client says it accepts: clients ask for them with the headers they always send. ``body``
    is the shape that is read, for those who want to know.
    """

    method: str
    path: str
    handler: Handler
    sends_file: bool = False
    sends_csv: bool = False
    body: type[msgspec.Struct] | None = None


def address(operation: Operation, accounts: Accounts, limits: RateLimits) -> Address:
    """Say where an operation's requests come to, and what answers them."""

    async def answer(request: Request) -> Response:
        caller = await authenticate(request, accounts)
        await limits.count(str(caller.key.id))
        check_may(caller, request.method, operation.path)
        takes_json = _accepts_json(request.headers.get("accept", ""))
        if not (takes_json or operation.sends_file or (operation.sends_csv and wants_csv(request))):
            raise HTTPException(406)
        return await operation.handler(caller, request)

    return Address(operation.method, PREFIX + operation.path, answer)


async def read_shape(request: Request, shape: type[Shape]) -> Shape:
    """Read the body; none at all, or null, is taken for one without fields.

    Raises:
        BodyTooLarge: it is.
        MalformedJSON: it is no JSON, or has not the shape.
    """
    body = await read_body(request)
    return shape() if body.strip() in {b"", b"null"} else decode_json(body, shape)


def read_query(request: Request) -> QueryString:
    """Take the query string apart.

    Raises:
        InvalidInput: a value can't be a text.
    """
    return parse_query_string(request.query_params.multi_items())


def path_id(request: Request, kind: str) -> int:
    """Return the id in the path.

    Raises:
        NotFound: nothing can have such an id.
    """
    text = request.path_params["id"]
    if not is_id(text):
        raise NotFound(kind)
    return int(text)


def is_id(text: str) -> bool:
    """Whether a text can be an id of ours."""
    return text.isascii() and text.isdigit() and len(text) <= _MAX_ID_DIGITS and int(text) <= HIGHEST_ID


def send_json(answer: msgspec.Struct, *, status: int = 200) -> Response:
    """Send an answer as compact JSON; clients compare the content type as a whole, so it names no charset."""
    return Response(msgspec.json.encode(answer), status_code=status, media_type=_JSON, headers=HEADERS)


async def send_rows(key: str, pages: AsyncIterator[Sequence[msgspec.Struct]]) -> Response:
    """Send ``{key: [rows]}``, or ``{}`` without rows, and a long list page by page as it is read.

    A list of one page goes out whole, with its length. An error in the first two pages is told as any other; a later
    one breaks the connection off, for the answer has begun.
    """
    pieces = _pieces(key, pages)
    begun: list[bytes] = []
    async for piece in pieces:
        begun.append(piece)
        if len(begun) == _PIECES_OF_A_SHORT_LIST + 1:
            break
    else:
        return Response(b"".join(begun), media_type=_JSON, headers=HEADERS)
    return StreamingResponse(_chain(begun, pieces), media_type=_JSON, headers=HEADERS)


async def _pieces(key: str, pages: AsyncIterator[Sequence[msgspec.Struct]]) -> AsyncIterator[bytes]:
    """Write the JSON of a list: a piece for each page, and one that closes it."""
    before, after = b'{"' + key.encode() + b'":[', b"{}"
    async for page in pages:
        yield before + msgspec.json.encode(page)[1:-1]
        before, after = b",", b"]}"
    yield after


async def _chain(begun: Iterable[bytes], pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    for piece in begun:
        yield piece
    async for piece in pieces:
        yield piece


def wants_csv(request: Request) -> bool:
    """Whether the client asks for CSV, and would not take JSON."""
    accept = request.headers.get("accept", "").lower()
    return "text/csv" in accept and not _accepts_json(accept)


def send_csv(text: str) -> Response:
    """Send a list as CSV."""
    return Response(text, media_type="text/csv", headers=HEADERS)


async def send_csv_pages(pages: AsyncIterator[str]) -> Response:
    """Send a list of any length as CSV, as it is read; what goes wrong with the first rows is told as any other error."""
    begun = [page.encode() async for page in _first(pages, _PIECES_OF_A_SHORT_LIST)]
    rest = (page.encode() async for page in pages)
    return StreamingResponse(_chain(begun, rest), media_type="text/csv", headers=HEADERS)


async def _first(pieces: AsyncIterator[str], count: int) -> AsyncIterator[str]:
    for _ in range(count):
        piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece


def send_nothing() -> Response:
    """Say that it is done."""
    return Response(status_code=204, headers=HEADERS)


def _accepts_json(accept: str) -> bool:
    ranges = [part.split(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    return not ranges or any(each in {"*/*", "*", "application/*", _JSON} for each in ranges)
