"""Reading request bodies: never more than a limit, never anything but what a schema allows."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from certwright.domain.errors import InvalidInput, LimitExceeded

if TYPE_CHECKING:
    from starlette.requests import Request

MAX_BODY_BYTES = 1024 * 1024
"""The largest request of either API, an order of 250 names with its CSR, is a tenth of this."""

T = TypeVar("T")


class MalformedJSON(InvalidInput):
    """The body is not JSON at all, or not of the shape that the operation takes."""


class BodyTooLarge(LimitExceeded):
    """The body is larger than ``MAX_BODY_BYTES``."""


async def read_body(request: Request) -> bytes:
    """Return the body, giving up as soon as it is too large.

    Raises:
        BodyTooLarge: it is.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY_BYTES:
            raise BodyTooLarge(f"The request body is larger than {MAX_BODY_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def decode_json(body: bytes, shape: type[T]) -> T:
    """Decode JSON into a schema.

    Raises:
        MalformedJSON: with the path of the offending part as the fault's field, ``""`` for the body as a whole.
    """
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as cause:
        message, _, path = str(cause).partition(" - at `$")
        raise MalformedJSON.for_field(path.rstrip("`").lstrip("."), message) from cause
    except (msgspec.DecodeError, UnicodeDecodeError) as cause:
        raise MalformedJSON.for_field("", "The body is not valid JSON") from cause
