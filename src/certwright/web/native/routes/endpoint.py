"""What every operation does alike: its description and its route, its query, its body, its ids, its answer.

An operation gets the use cases, the caller and the request, and returns a value of its answer's type (``None`` for an
answer without a body) or a whole response. What it raises becomes an answer in ``errors``. To add one, write its
schemas, a handler, and a row of ``operation(…)`` in its module's ``OPERATIONS``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from certwright.domain.account import Caller
from certwright.domain.errors import InvalidInput, NotFound
from certwright.domain.ids import HIGHEST_ID
from certwright.services.use_cases import UseCases
from certwright.web.native.auth import authenticate, check_may
from certwright.web.native.errors import HEADERS, UnsupportedMediaType
from certwright.web.shared import openapi
from certwright.web.shared.bodies import MAX_BODY_BYTES, decode_json, fault_in, read_body
from certwright.web.shared.dialect import Address

if TYPE_CHECKING:
    from certwright.domain.permission import Area
    from certwright.web.shared.rate_limits import RateLimits

PREFIX = "/v1"
"""What the path of every operation begins with."""

Handler = Callable[[UseCases, Caller, Request], Awaitable[object]]

Shape = TypeVar("Shape", bound=msgspec.Struct)

_ALWAYS = {
    401: "No credential, or one that is not good.",
    403: "The key may not do this.",
    422: "A value can't be used.",
    429: "Too many requests; Retry-After says when the next is taken.",
    500: "A fault of the server.",
    503: "Something that the server depends on does not answer.",
}
_WITH_ID = {404: "There is no such thing in this account."}
_WRITING = {409: "The state of things does not allow it."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: what serves it, what a key must be allowed to, and what a client has to know of it."""

    handler: Handler
    area: Area
    described: openapi.Operation

    @property
    def writes(self) -> bool:
        """Whether a key must be allowed to change the area, not only to read it."""
        return self.described.method != "GET"


def operation(
    handler: Handler,
    method: str,
    path: str,
    area: Area,
    *,
    query: type[msgspec.Struct] | None = None,
    headers: tuple[openapi.Parameter, ...] = (),
    body: Any = None,
    body_example: object = None,
    further_bodies: Mapping[str, Mapping[str, object]] | None = None,
    most_bytes: int = MAX_BODY_BYTES,
    answer: Any = None,
    answer_example: object = None,
    further_answers: Mapping[str, Mapping[str, object]] | None = None,
    status: int = 200,
    refusals: Mapping[int, str] | None = None,
) -> Operation:
    """Describe an operation; ``path`` is without the prefix, the summary is the first line of the handler's docstring.

    Ids in the path are numbers. ``query`` is the shape that ``read_query`` reads, ``body`` that of ``read_json``; an
    ``answer`` of ``None`` has no body. ``further_bodies`` and ``further_answers`` are JSON schemas of other media types that a
    client may send or ask for, ``most_bytes`` the largest body, ``refusals`` what is refused here and not elsewhere.
    """
    in_path = tuple(_id_parameter(part[1:-1]) for part in path.split("/") if part.startswith("{"))
    described = openapi.Operation(
        method=method,
        path=PREFIX + path,
        name=handler.__name__,
        tag=area.value,
        summary=(handler.__doc__ or "").partition("\n")[0].rstrip("."),
        parameters=(*in_path, *(parameters_of(query) if query else ()), *headers),
        body=body,
        body_example=body_example,
        further_bodies=further_bodies or {},
        answer=answer,
        answer_example=answer_example,
        further_answers=further_answers or {},
        status=status,
        errors={
            **_ALWAYS,
            **(_WITH_ID if in_path else {}),
            **({} if method == "GET" else _WRITING),
            **({} if body is None else _refusals_of_bodies(most_bytes, further_bodies or {})),
            **(refusals or {}),
        },
    )
    return Operation(handler=handler, area=area, described=described)


def address(use: UseCases, limits: RateLimits, operation: Operation) -> Address:
    """Say where an operation's requests come to, and what answers them."""

    async def answer(request: Request) -> Response:
        caller = await authenticate(use.accounts, request)
        await limits.count(str(caller.key.id))
        check_may(caller, operation.area, write=operation.writes)
        return respond(await operation.handler(use, caller, request), operation.described.status)

    return Address(operation.described.method, operation.described.path, answer)


async def read_json(request: Request, shape: type[Shape]) -> Shape:
    """Read a JSON body.

    Raises:
        UnsupportedMediaType: it does not say that it is JSON.
        BodyTooLarge: it is.
        MalformedJSON: it is no JSON, or has not the shape.
    """
    check_media_type(request, openapi.JSON)
    return decode_json(await read_body(request), shape)


def check_media_type(request: Request, *taken: str) -> str:
    """Return what a body says that it is.

    Raises:
        UnsupportedMediaType: it is none of those that are taken.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in taken:
        raise UnsupportedMediaType(f"The body has to be {' or '.join(taken)}")
    return media_type


def read_query(request: Request, shape: type[Shape]) -> Shape:
    """Read the query string; an unknown parameter is refused, since a misspelt filter would find what nobody asked for.

    Raises:
        InvalidInput: naming the parameter that is unknown, sent twice or can't be used.
    """
    is_list = {known.name: known.schema.get("type") == "array" for known in parameters_of(shape)}
    values: dict[str, object] = {}
    for name in request.query_params:
        texts = request.query_params.getlist(name)
        if any("\0" in text for text in (name, *texts)):
            raise InvalidInput.for_field(name.replace("\0", "?"), "The value holds a NUL character")
        if name not in is_list:
            raise InvalidInput.for_field(name, "There is no such parameter")
        if len(texts) > 1 and not is_list[name]:
            raise InvalidInput.for_field(name, "The parameter is sent twice")
        values[name] = texts if is_list[name] else texts[0]
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as cause:
        fault = fault_in(cause)
        raise InvalidInput.for_field(fault.field, fault.message) from cause


@cache
def parameters_of(shape: type[msgspec.Struct]) -> tuple[openapi.Parameter, ...]:
    """List the parameters that a shape of a query string stands for; their texts are the marks of its fields.

    A list is sent as a parameter for each of its items, which are texts or of an enumeration.
    """
    _, components = msgspec.json.schema_components([shape], ref_template="{name}")
    component = components[shape.__name__]
    for schema in component["properties"].values():
        if "$ref" in schema.get("items", {}):
            schema["items"] = {"enum": components[schema["items"]["$ref"]]["enum"]}
    return tuple(
        openapi.Parameter(
            name=name,
            description=schema.pop("description", ""),
            required=name in component.get("required", ()),
            schema=schema,
        )
        for name, schema in component["properties"].items()
    )


def path_id(request: Request, name: str, kind: str) -> int:
    """Return an id in the path.

    Raises:
        NotFound: nothing can have such an id.
    """
    text = request.path_params[name]
    if not (
        text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST_ID)) and int(text) <= HIGHEST_ID
    ):
        raise NotFound(kind)
    return int(text)


def respond(answer: object, status: int = 200) -> Response:
    """Send an answer as JSON, or nothing; a whole response stays as it is."""
    if isinstance(answer, Response):
        return answer
    if answer is None:
        return Response(status_code=status, headers=HEADERS)
    return Response(msgspec.json.encode(answer), status, HEADERS, openapi.JSON)


def _refusals_of_bodies(most_bytes: int, further: Mapping[str, object]) -> dict[int, str]:
    return {
        400: "The body is not JSON, or not of this shape.",
        413: f"The body is larger than {most_bytes >> 20} MiB.",
        415: f"The body is not {' or '.join([openapi.JSON, *further])}.",
    }


def _id_parameter(name: str) -> openapi.Parameter:
    return openapi.Parameter(
        name=name,
        where="path",
        required=True,
        description=f"The {name.replace('_', ' ')}.",
        schema={"type": "integer", "minimum": 1, "maximum": HIGHEST_ID},
    )
