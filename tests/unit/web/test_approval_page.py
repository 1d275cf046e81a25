"""The page behind the link of an approval mail; the story from mail to certificate is in services/test_approver_email."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.account import Secret
from certwright.domain.dcv import DCVMethod
from certwright.domain.order import OrderDetails
from tests.support.orders import ordered, place

if TYPE_CHECKING:
    from tests.support.server import Server

PATH = "/validation/approve"


async def code_for(server: Server) -> str:
    """Place an order proved by mail and store a code as the mail's sender does."""
    names = ordered("www.example.com", method=DCVMethod.EMAIL, approver="admin@example.com")
    view = await place(server, names=names, details=OrderDetails(company="<script>alert(1)</script>"))
    (proof,) = view.proofs
    assert proof.validation is not None
    code = Secret.generate()
    async with server.program.store.writing() as work:
        now = server.clock.now()
        await work.validations.add_approval(
            code.digest(), proof.validation.id, sent_at=now, expires_at=now + timedelta(days=1)
        )
    return code.reveal()


async def test_page_shows_what_is_approved_and_changes_nothing(server: Server) -> None:
    code = await code_for(server)
    for _ in range(3):  # mail scanners follow links
        answer = await server.http.get(PATH, params={"code": code})
        assert answer.status_code == 200
        assert "www.example.com" in answer.text
        assert "admin@example.com" in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<script>" not in answer.text


async def test_confirmed_form_spends_the_code(server: Server) -> None:
    code = await code_for(server)
    done = await server.http.post(PATH, data={"code": f" {code.lower()} "})
    assert done.status_code == 200
    assert "Thank you" in done.text
    for again in (
        await server.http.post(PATH, data={"code": code}),
        await server.http.get(f"{PATH}?code={code}"),
    ):
        assert again.status_code == 404
        assert "not valid" in again.text


async def test_page_without_a_code_asks_for_it(server: Server) -> None:
    answer = await server.http.get(PATH)
    assert answer.status_code == 200
    assert 'name="code"' in answer.text


async def test_answer_is_kept_by_nobody_and_framed_nowhere(server: Server) -> None:
    headers = (await server.http.get(PATH)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


@pytest.mark.parametrize("code", ["x", "\0", "%00", "ü" * 5000, "<b>", "\ufffd"])
async def test_unknown_code_is_told_so(server: Server, code: str) -> None:
    for answer in (
        await server.http.get(PATH, params={"code": code}),
        await server.http.post(PATH, data={"code": code}),
    ):
        assert answer.status_code == 404
        assert "not valid" in answer.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"code", b"&&&", b"code=%FF%00", b"{}"])
async def test_any_body_is_answered(server: Server, body: bytes) -> None:
    assert (await server.http.post(PATH, content=body)).status_code == 404


async def test_body_without_end_is_refused(server: Server) -> None:
    assert (await server.http.post(PATH, content=bytes(2 * 1024 * 1024))).status_code == 413
