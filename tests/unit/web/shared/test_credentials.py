"""Who asks is read from the request's own header, whatever its letters' case, and nothing else is taken for it."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from certwright.web.shared.credentials import bearer


def request(*headers: tuple[bytes, bytes]) -> Request:
    return Request({"type": "http", "headers": [(b"host", b"127.0.0.1"), *headers]})


@pytest.mark.parametrize("value", [b"Bearer abc", b"bearer abc", b"BEARER  abc "])
def test_a_bearer_credential_is_found(value: bytes) -> None:
    secret = bearer(request((b"authorization", value)))
    assert secret is not None
    assert secret.reveal() == "abc"


@pytest.mark.parametrize("value", [b"", b"abc", b"Bearer", b"Bearer ", b"Basic abc", b"Bearerabc"])
def test_another_scheme_or_none_is_no_bearer_credential(value: bytes) -> None:
    assert bearer(request((b"authorization", value))) is None


def test_a_request_without_the_header_carries_none() -> None:
    assert bearer(request()) is None


def test_letters_beyond_ascii_do_no_harm() -> None:
    secret = bearer(request((b"authorization", b"Bearer \xff\x80")))
    assert secret is not None
    assert secret.reveal() == "\xff\x80"
