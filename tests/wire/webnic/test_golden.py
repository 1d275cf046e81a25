"""Every operation of WebNIC's API and every documented error, as golden pairs in ``golden/``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certwright.web.webnic.routes import describe
from tests.support.golden import check_answer, read_golden
from tests.wire.webnic.given import GIVEN

if TYPE_CHECKING:
    from tests.support.server import Server

FILES = sorted(Path(__file__).with_name("golden").glob("*.http"))


# What there is nothing wrong to ask of, but for the token.
NEVER_REFUSED = {
    ("GET", "/reseller/v2/balance"),
    ("GET", "/ssl/v2/orders/statistics"),
    ("GET", "/ssl/v2/products/list"),
    ("GET", "/ssl/v2/products/list/price"),
    ("GET", "/ssl/v2/contact/info"),  # another address of /contact/query
    ("POST", "/ssl/v2/orders/{orderId}/auth"),  # PUT does the same
}


def test_every_operation_has_a_good_and_a_refused_pair() -> None:
    goldens = [read_golden(file) for file in FILES]
    paths = describe()["paths"]
    operations = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    lacking = []
    for method, path in operations:
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        pairs = [
            golden.status < 400
            for golden in goldens
            if golden.method == method and re.fullmatch(pattern, golden.path.partition("?")[0])
        ]
        wanted = {True} if (method, path) in NEVER_REFUSED else {True, False}
        if not wanted <= set(pairs):
            lacking.append((method, path))
    assert lacking == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_golden_pair(server: Server, file: Path) -> None:
    golden = read_golden(file)
    await GIVEN[golden.given](server)
    body = _with_credentials(golden.body, server)
    headers = dict(golden.headers)
    # A file that names the header speaks for itself; an empty one stands for a request without it.
    if "Authorization" in headers or golden.path.endswith("/api-user/token"):
        headers = {name: value for name, value in headers.items() if value}
        response = await server.http.request(golden.method, golden.path, headers=headers, content=body)
    else:
        response = await server.webnic(golden.method, golden.path, headers=headers, content=body)
    check_answer(golden, response)


def _with_credentials(body: bytes | None, server: Server) -> bytes | None:
    """Put in the one thing that a file can't know."""
    if body is None:
        return None
    webnic = server.account.webnic
    return body.replace(b"{username}", str(webnic.key.username).encode()).replace(
        b"{password}", webnic.secret.reveal().encode()
    )
