"""Every operation of DigiCert's API and every documented error, as golden pairs in ``golden/``.

A file can't know a key or a CSR: ``{standard}`` stands for a key that is no administrator's; ``{csr}``, ``{csr_line}``
and ``{csr_base64}`` for a CSR as PEM, as PEM without line breaks, and as bare base64.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.golden import check_answer, read_golden
from tests.support.server import csr_for
from tests.wire.digicert.given import GIVEN, NAME, standard_key
from tests.wire.digicert.given_account import ACCOUNT_GIVEN

if TYPE_CHECKING:
    import httpx2

    from tests.support.golden import Golden
    from tests.support.server import Server

FILES = sorted(Path(__file__).with_name("golden").glob("*.http"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_golden_pair(server: Server, file: Path) -> None:
    golden = read_golden(file)
    await (GIVEN | ACCOUNT_GIVEN)[golden.given](server)
    check_answer(golden, await send(server, golden))


async def send(server: Server, golden: Golden) -> httpx2.Response:
    """Send a golden request; one that names the key's header speaks for itself, an empty one goes without."""
    headers = dict(golden.headers)
    body = None if golden.body is None else _with_csr(golden.body)
    if "X-DC-DEVKEY" not in headers:
        return await server.digicert(golden.method, golden.path, headers=headers, content=body)
    if headers["X-DC-DEVKEY"] == "{standard}":
        headers["X-DC-DEVKEY"] = await standard_key(server)
    headers = {name: value for name, value in headers.items() if value}
    return await server.http.request(golden.method, golden.path, headers=headers, content=body)


def _with_csr(body: bytes) -> bytes:
    pem = csr_for(NAME)
    lines = pem.strip().split("\n")
    forms = {"{csr}": pem, "{csr_line}": "".join(lines), "{csr_base64}": "".join(lines[1:-1])}
    text = body.decode()
    for placeholder, form in forms.items():
        text = text.replace(f'"{placeholder}"', json.dumps(form))
    return text.encode()
