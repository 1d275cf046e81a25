"""Control proved by e-mail, from the mail to the approver's click."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain import rules
from certwright.domain.account import ApprovalPolicy, Secret
from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, DCVMethod, ValidationStatus
from certwright.domain.errors import NotFound
from certwright.domain.status import OrderStatus
from tests.support.orders import NAME, ordered, place, show
from tests.support.server import running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from certwright.domain.order import OrderedName
    from tests.support.mail_sink import MailSink
    from tests.support.server import Server

APPROVER = "admin@example.com"
BY_MAIL = ordered(NAME, method=DCVMethod.EMAIL, approver=APPROVER)


@pytest.fixture
async def mailing(tmp_path: Path, mail_sink: MailSink) -> AsyncIterator[Server]:
    """A server that sends its mail to the sink."""
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        yield server


def codes(mail_sink: MailSink) -> list[Secret]:
    """Read the code out of every mail, from its link."""
    found = []
    for mail in mail_sink.received:
        link = re.search(r"http://certwright\.test/validation/approve\?code=(\w+)", mail.get_content())
        assert link is not None
        found.append(Secret(link[1]))
    return found


async def test_mail_page_and_click_issue_the_certificate(mailing: Server, mail_sink: MailSink) -> None:
    view = await place(mailing, names=BY_MAIL)
    await mailing.work()
    (mail,) = mail_sink.received
    assert mail_sink.envelopes == [[APPROVER]]
    assert NAME in mail["subject"]
    assert (await show(mailing, view.order)).order.status is OrderStatus.PENDING

    (code,) = codes(mail_sink)
    assert code.reveal() in mail.get_content().replace(f"?code={code.reveal()}", "")
    page = await mailing.http.get("/validation/approve", params={"code": code.reveal()})
    assert page.status_code == 200
    assert NAME in page.text
    await mailing.work()
    assert (await show(mailing, view.order)).order.status is OrderStatus.PENDING

    done = await mailing.http.post("/validation/approve", data={"code": code.reveal()})
    assert done.status_code == 200
    await mailing.work()
    shown = await show(mailing, view.order)
    assert shown.order.status is OrderStatus.ISSUED
    assert shown.proofs[0].validation is not None
    assert shown.proofs[0].validation.proved_domain == "example.com"

    again = await mailing.http.post("/validation/approve", data={"code": code.reveal()})
    assert again.status_code == 404


async def test_code_is_spent_once_however_many_click(mailing: Server, mail_sink: MailSink) -> None:
    await place(mailing, names=BY_MAIL)
    await mailing.work()
    (code,) = codes(mail_sink)
    confirm = mailing.program.use.approver_emails.confirm
    results = await asyncio.gather(*(confirm(code) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(result, NotFound) for result in results) == 4


async def test_names_of_one_domain_and_approver_are_asked_for_by_one_mail(
    mailing: Server, mail_sink: MailSink
) -> None:
    names: tuple[OrderedName, ...] = ordered(
        "example.com", "*.example.com", method=DCVMethod.EMAIL, approver=APPROVER
    )
    await place(mailing, names=names)
    await mailing.work()
    assert len(mail_sink.received) == 1


async def test_mail_that_is_not_taken_is_sent_again(mailing: Server, mail_sink: MailSink) -> None:
    view = await place(mailing, names=BY_MAIL)
    mail_sink.refusal = "451 later"
    await mailing.work()
    assert mail_sink.received == []
    mail_sink.refusal = None
    mailing.clock.advance(timedelta(minutes=1))
    await mailing.work()
    (code,) = codes(mail_sink)
    pending = await mailing.program.use.approver_emails.show(code)
    assert pending.order is not None
    assert pending.order.id == view.order.id


async def test_mail_goes_out_again_when_asked_for(mailing: Server, mail_sink: MailSink) -> None:
    view = await place(mailing, names=BY_MAIL)
    await mailing.work()
    change = mailing.program.use.validating.change_method
    await change(await mailing.caller(), view.order.id, BY_MAIL)
    await mailing.work()
    assert len(mail_sink.received) == 1  # not before a pause
    mailing.clock.advance(timedelta(minutes=5))
    await mailing.work()
    first, second = codes(mail_sink)
    assert first.reveal() != second.reveal()


async def test_code_of_a_former_approver_is_void(mailing: Server, mail_sink: MailSink) -> None:
    view = await place(mailing, names=BY_MAIL)
    await mailing.work()
    other = ordered(NAME, method=DCVMethod.EMAIL, approver="webmaster@www.example.com")
    await mailing.program.use.validating.change_method(await mailing.caller(), view.order.id, other)
    mailing.clock.advance(timedelta(minutes=5))
    await mailing.work()
    former, present = codes(mail_sink)
    emails = mailing.program.use.approver_emails
    with pytest.raises(NotFound):
        await emails.confirm(former)
    confirmed = await emails.confirm(present)
    assert confirmed.validation.approver_email == "webmaster@www.example.com"
    assert mail_sink.envelopes == [[APPROVER], ["webmaster@www.example.com"]]


@pytest.mark.parametrize("end", ["cancel", "value", "method"])
async def test_code_is_void_when_there_is_nothing_to_approve(
    mailing: Server, mail_sink: MailSink, end: str
) -> None:
    if end == "method":
        mailing.clock.advance(rules.EMAIL_METHODS_END_AT - mailing.clock.now() - timedelta(days=1))
    view = await place(mailing, names=BY_MAIL)
    await mailing.work()
    (code,) = codes(mail_sink)
    if end == "cancel":
        await mailing.program.use.ordering.cancel(await mailing.caller(), view.order.id)
    else:
        mailing.clock.advance(timedelta(days=1) if end == "method" else RANDOM_VALUE_LIFETIME)
    for ask in (mailing.program.use.approver_emails.show, mailing.program.use.approver_emails.confirm):
        with pytest.raises(NotFound, match="not valid"):
            await ask(code)


async def test_unknown_code_and_unknown_validation(mailing: Server, mail_sink: MailSink) -> None:
    view = await place(mailing)
    with pytest.raises(NotFound, match="not valid"):
        await mailing.program.use.approver_emails.show(Secret.generate())
    for proof in view.proofs:  # proved by DNS: no mail is due
        assert proof.validation is not None
        await mailing.program.use.approver_emails.send(proof.validation.id)
    assert mail_sink.received == []


async def test_order_without_mail_server_keeps_waiting(server: Server) -> None:
    view = await place(server, names=BY_MAIL)
    await server.work()
    (proof,) = (await show(server, view.order)).proofs
    assert proof.validation is not None
    assert proof.validation.status is ValidationStatus.PENDING


async def test_nobody_is_mailed_before_the_account_agrees(mailing: Server, mail_sink: MailSink) -> None:
    mailing.account = await mailing.program.use.accounts.create("Careful", approval=ApprovalPolicy.ONE_STEP)
    view = await place(mailing, names=BY_MAIL)
    await mailing.work()
    assert mail_sink.received == []
    await mailing.program.use.approvals.approve(await mailing.caller(), view.requests[0].id)
    await mailing.work()
    assert mail_sink.envelopes == [[APPROVER]]
