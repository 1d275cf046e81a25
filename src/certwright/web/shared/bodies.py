"""Reading request bodies: never more than a limit, never anything but what a schema allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.requests import ClientDisconnect

from certwright.domain.errors import Fault, InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY_BYTES = 1024 * 1024
"""The largest request of most operations, an order of 250 names with its CSR, is a tenth of this."""

# The escape of U+0000, its backslash not itself escaped; as a raw byte it is no JSON at all.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

_NAMED_FIELD = re.compile(r"(?:missing required|unknown) field `([^`]+)`")

T = TypeVar("T")


class MalformedJSON(InvalidInput):
    """The body is not JSON at all, or not of the shape that the operation takes."""


class BodyTooLarge(LimitExceeded):
    """The body is larger than the operation takes."""


async def read_body(request: Request, *, most_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Return the body, giving up as soon as it is too large.

    Raises:
        BodyTooLarge: it is.
        ClientDisconnect: the client left before the end.
    """
    body = bytearray()
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise BodyTooLarge(f"The request body is larger than {most_bytes} bytes")
        more = message.get("more_body", False)
    return bytes(body)


def decode_json(body: bytes, shape: type[T]) -> T:
    """Decode JSON into a schema.

    Raises:
        MalformedJSON: with the path of the offending part as the fault's field, ``""`` for the body as a whole.
    """
    if b"\\u0000" in body and _NUL.search(
        body
    ):  # PostgreSQL's text can't hold it, and no value of either API means anything by it
        raise MalformedJSON.for_field("", "The body holds a NUL character")
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as cause:
        fault = fault_in(cause)
        raise MalformedJSON.for_field(fault.field, fault.message) from cause
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise MalformedJSON.for_field("", "The body is not valid JSON") from cause


def fault_in(error: msgspec.ValidationError) -> Fault:
    """Take an error of msgspec apart into what it is about and what is wrong with that."""
    message, _, path = str(error).partition(" - at `$")
    # Of a missing or unknown field msgspec names only the parent's path.
    field = _NAMED_FIELD.search(message)
    parts = (path.rstrip("`").lstrip("."), field[1] if field else "")
    return Fault(field=".".join(part for part in parts if part), message=message)
