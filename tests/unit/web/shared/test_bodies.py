"""Bodies come in within limits, and what is wrong with them is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Struct
from starlette.requests import Request

from certwright.web.shared.bodies import (
    MAX_BODY_BYTES,
    BodyTooLarge,
    MalformedJSON,
    decode_json,
    read_body,
)

if TYPE_CHECKING:
    from starlette.types import Message


class Inner(Struct):
    size: int


class Outer(Struct, forbid_unknown_fields=True):
    name: str
    inner: list[Inner] = []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b"\xff", ""),
        (b'{"name": "\xff"}', ""),
        (b'{"name": "\\ud800"}', ""),
        (b"[" * 100_000, ""),
        (b"{}", "name"),
        (b'{"name": 1}', "name"),
        (b'{"name": "a", "nam": "b"}', "nam"),
        (b'{"name": "a", "inner": [{"size": 1}, {}]}', "inner[1].size"),
        (b'{"name": "a", "inner": [{"size": "1"}]}', "inner[0].size"),
    ],
)
def test_the_wrong_part_is_named(body: bytes, field: str) -> None:
    with pytest.raises(MalformedJSON) as caught:
        decode_json(body, Outer)
    assert [fault.field for fault in caught.value.faults] == [field]


@pytest.mark.parametrize("text", [b"\\u0000", b"a\\\\\\u0000", b"\\n\\u0000"])
def test_a_nul_is_refused(text: bytes) -> None:
    with pytest.raises(MalformedJSON):
        decode_json(b'{"name": "' + text + b'"}', Outer)


def test_what_only_looks_like_a_nul_is_text() -> None:
    assert decode_json(rb'{"name": "\\u0000"}', Outer).name == r"\u0000"
    assert decode_json(rb'{"name": "\\\\u0000\u0001"}', Outer).name == "\\\\u0000\x01"


def _request(*parts: bytes) -> Request:
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return messages.pop(0)

    return Request({"type": "http", "method": "POST", "path": "/", "headers": []}, receive)


async def test_a_body_is_read_to_its_limit() -> None:
    half = b"x" * (MAX_BODY_BYTES // 2)
    assert await read_body(_request(half, half)) == half + half
    with pytest.raises(BodyTooLarge):
        await read_body(_request(half, half, b"x", half))
