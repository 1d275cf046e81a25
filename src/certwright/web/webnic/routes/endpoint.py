"""What every operation does alike: its description and its route, its body, its ids, its answer.

An operation gets the use cases, the caller and the request, and returns the envelope's ``data`` (``None`` for none) or,
for a file, a whole response. What it raises becomes an answer in ``errors``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from certwright.domain.account import Caller
from certwright.services.idempotency import parse_idempotency_key
from certwright.services.use_cases import UseCases
from certwright.web.shared import openapi
from certwright.web.shared.bodies import decode_json, read_body
from certwright.web.webnic.errors import MEDIA_TYPE
from certwright.web.webnic.schemas.envelope import Done, Success
from certwright.web.webnic.translate.bodies import check_body
from certwright.web.webnic.translate.faults import MISSING, invalid_parameter
from certwright.web.webnic.translate.ids import parse_order_id

if TYPE_CHECKING:
    from certwright.domain.ids import OrderId
    from certwright.services.idempotency import IdempotencyKey

Handler = Callable[[UseCases, Caller, Request], Awaitable[object]]

Shape = TypeVar("Shape", bound=msgspec.Struct)

ONE_ORDER = "/ssl/v2/orders/{orderId}"

ORDER_ID = openapi.Parameter(
    name="orderId",
    where="path",
    required=True,
    description="The order's id, a number of ten digits.",
    schema={"type": "string", "pattern": "^[0-9]{10}$"},
    example="2000100001",
)
IDEMPOTENCY_KEY = openapi.Parameter(
    name="Idempotency-Key",
    where="header",
    description="The client's own name for the request. Sent again under the same name, it is not carried out again.",
    schema={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
)
REFUSALS = {
    400: "The request can't be carried out as it stands.",
    429: "Too many requests; Retry-After says when the next is taken.",
    500: "A fault of the server.",
    503: "Something that the server depends on does not answer.",
}
_UNAUTHORIZED = {401: "No bearer token, or one that is not good any more."}
_TOO_LARGE = {413: "The body is larger than 1 MiB."}

# As they are sent: to make them anew would take as long as to encode a page of orders.
_HEADERS = ((b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: what serves it, and what a client has to know of it."""

    handler: Handler
    described: openapi.Operation

    def also_at(self, method: str, path: str, name: str) -> Operation:
        """Return the operation at another address, for clients that ask there."""
        described = replace(self.described, method=method, path=path, name=name, deprecated=True)
        return replace(self, described=described)


def operation(
    handler: Handler,
    method: str,
    path: str,
    tag: str,
    *,
    parameters: tuple[openapi.Parameter, ...] = (),
    body: Any = None,
    body_example: object = None,
    answer: Any = None,
    answer_example: object = None,
    deprecated: bool = False,
) -> Operation:
    """Describe an operation that answers the envelope; its summary is the first line of its docstring.

    ``answer`` is the type of the envelope's ``data``, ``None`` for none; both examples are bare bodies and data.
    """
    in_path = (ORDER_ID,) if ORDER_ID.name in path else ()
    example = None if answer_example is None else Success(data=answer_example)
    described = openapi.Operation(
        method=method,
        path=path,
        name=_camel(handler.__name__),
        tag=tag,
        summary=summary_of(handler),
        parameters=(*in_path, *parameters),
        body=body,
        body_example=body_example,
        answer=Done if answer is None else Success[answer],
        answer_example=Done() if answer is None else example,
        errors=_UNAUTHORIZED | REFUSALS | ({} if body is None else _TOO_LARGE),
        deprecated=deprecated,
    )
    return Operation(handler=handler, described=described)


def summary_of(handler: Callable[..., object]) -> str:
    """Return the first line of a docstring, without its full stop."""
    return (handler.__doc__ or "").partition("\n")[0].rstrip(".")


async def read_json(request: Request, shape: type[Shape]) -> Shape:
    """Read a body and check that it is complete and within its limits.

    Raises:
        BodyTooLarge, MalformedJSON, InvalidFields: it is not.
    """
    return parse_json(await read_body(request), shape)


def parse_json(content: bytes, shape: type[Shape]) -> Shape:
    """Read a body that came as bytes, as ``read_json`` does.

    Raises:
        MalformedJSON, InvalidFields: as for ``read_json``.
    """
    body = decode_json(content, shape)
    check_body(body)
    return body


def order_id(request: Request) -> OrderId:
    """Return the order's id in the path.

    Raises:
        NotFound: no order can have it.
    """
    return parse_order_id(request.path_params["orderId"])


def query_text(request: Request, name: str) -> str:
    """Return a parameter of the query that must be there.

    Raises:
        InvalidParameters: it is not.
    """
    text = request.query_params.get(name)
    if not text:
        raise invalid_parameter(name, MISSING)
    return text


def idempotency_key(request: Request, content: bytes) -> IdempotencyKey | None:
    """Return the client's own name for a request, if it has one; ``content`` is the request's body.

    Raises:
        InvalidInput: it is no such name.
    """
    text = request.headers.get("Idempotency-Key")
    if text is None:
        return None
    return parse_idempotency_key(text, request.method.encode(), request.url.path.encode(), content)


def respond(data: object) -> Response:
    """Put data into the envelope; a whole response stays as it is."""
    if isinstance(data, Response):
        return data
    response = Response(msgspec.json.encode(Done() if data is None else Success(data=data)))
    response.raw_headers.extend(_HEADERS)
    return response


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)
