"""Every operation of WebNIC's API and every documented error, as golden pairs in ``golden/``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.golden import check_answer, read_golden
from tests.wire.webnic.given import GIVEN

if TYPE_CHECKING:
    from tests.support.server import Server

FILES = sorted(Path(__file__).with_name("golden").glob("*.http"))


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
