"""Every operation of our own API, and how it refuses, as golden pairs in ``golden/``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from certwright.web.native.routes import describe
from tests.support.golden import check_answer, read_golden
from tests.wire.native.given import GIVEN

if TYPE_CHECKING:
    from tests.support.server import Server

FILES = sorted(Path(__file__).with_name("golden").glob("*.http"))


def test_every_operation_has_a_good_and_a_refused_pair() -> None:
    goldens = [read_golden(file) for file in FILES]
    lacking = []
    for path, methods in describe()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        for method in methods:
            pairs = {
                golden.status < 400
                for golden in goldens
                if golden.method == method.upper() and re.fullmatch(pattern, golden.path.partition("?")[0])
            }
            if pairs != {True, False}:
                lacking.append((method, path))
    assert lacking == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_golden_pair(server: Server, file: Path) -> None:
    golden = read_golden(file)
    await GIVEN[golden.given](server)
    # A file that names the header speaks for itself; an empty one stands for a request without it.
    send = server.http.request if "Authorization" in golden.headers else server.native
    headers = {name: value for name, value in golden.headers.items() if value}
    response = await send(golden.method, golden.path, headers=headers, content=golden.body)
    check_answer(golden, response)
