"""Domains: proved ahead of any order by the worker, by a look or by mail; sharing proofs with orders both ways."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import Secret
from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, DCVMethod, ValidationStatus
from certwright.domain.errors import Conflict, InvalidInput, LimitExceeded, NotFound
from certwright.domain.identifier import Identifier
from certwright.domain.ids import DomainId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import OrderStatus
from certwright.services.domains import NewDomain
from tests.support.orders import issue, place, script_probe, show
from tests.support.server import running_server

if TYPE_CHECKING:
    from pathlib import Path

    from certwright.domain.domain import DomainView
    from tests.support.mail_sink import MailSink
    from tests.support.server import Server

NAME = "example.com"
BELOW = "www.example.com"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


async def create(
    server: Server, name: str = NAME, method: DCVMethod = DCVMethod.DNS_TXT, **changes: Any
) -> DomainView:
    new = NewDomain(identifier=Identifier(name), method=method, levels=(ValidationLevel.OV,), **changes)
    return await server.program.use.domains.create(await server.caller(), new)


def script(server: Server, *proved: str) -> None:
    """Let a script answer for domains instead of the network."""
    server.program.use.domains._probe = script_probe(server, *proved)


async def shown(server: Server) -> DomainView:
    return await server.program.use.domains.show(await server.caller(), DomainId(1))


async def test_worker_looks_until_the_value_is_published(each_server: Server) -> None:
    """Pre-validation before any order; the order that comes then is issued in its answer."""
    server = each_server
    view = await create(server)
    (wanted,) = view.pending
    assert wanted.order_id is None
    await server.work()
    assert not (await shown(server)).is_proved(server.clock.now())
    await server.prove(NAME, wanted.random_value)
    server.clock.advance(MINUTE)
    await server.work()
    assert (await shown(server)).is_proved(server.clock.now())
    placed = await place(server, BELOW, at_once=True)
    assert placed.order.status is OrderStatus.ISSUED


async def test_proof_of_a_domain_wakes_the_orders_below_it(each_server: Server) -> None:
    server = each_server
    order = (await place(server, BELOW)).order
    await server.work()
    assert (await show(server, order)).order.status is OrderStatus.PENDING
    view = await create(server)
    await server.prove(NAME, view.pending[0].random_value)
    await server.work()
    assert (await show(server, order)).order.status is OrderStatus.ISSUED


async def test_proof_of_an_order_proves_the_domain_below_it(server: Server) -> None:
    await create(server, BELOW)
    await issue(server, NAME)
    view = await shown(server)
    assert view.proof is not None
    assert (view.proof.domain, view.pending) == (NAME, ())


async def test_domain_that_is_proved_already_waits_for_nothing(server: Server) -> None:
    await issue(server, NAME)
    view = await create(server, BELOW)
    assert view.is_proved(server.clock.now())
    assert view.pending == ()


async def test_file_proves_no_name_below(server: Server) -> None:
    script(server, NAME)
    await create(server, method=DCVMethod.WEBSITE)
    await server.work()
    assert (await shown(server)).is_proved(server.clock.now())
    placed = await place(server, BELOW, at_once=True)
    assert not placed.proofs[0].is_proved


async def test_look_finds_the_value_now(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    view = await create(server)
    assert not (await domains.look(caller, view.domain.id)).is_proved(server.clock.now())
    await server.prove(NAME, view.pending[0].random_value)
    assert (await domains.look(caller, view.domain.id)).is_proved(server.clock.now())


async def test_value_that_has_run_out_proves_nothing_and_is_looked_for_no_longer(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    view = await create(server)
    await server.prove(NAME, view.pending[0].random_value)
    server.clock.advance(RANDOM_VALUE_LIFETIME)
    await server.work()
    assert not (await shown(server)).is_proved(server.clock.now())
    server.clock.advance(DAY)
    assert await server.work() == 0 or not (await shown(server)).is_proved(server.clock.now())
    renewed = await domains.renew_token(caller, view.domain.id)
    assert renewed.pending[0].random_value != view.pending[0].random_value
    assert len(renewed.pending) == 1


async def test_new_method_takes_the_place_of_the_old_one(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    before = await create(server)
    await server.prove(NAME, before.pending[0].random_value)
    after = await domains.change_method(caller, before.domain.id, DCVMethod.DNS_CNAME)
    assert [v.method for v in after.pending] == [DCVMethod.DNS_CNAME]
    await server.work()
    assert not (await shown(server)).is_proved(server.clock.now())


async def test_one_of_many_approvers_is_enough(mail_sink: MailSink, tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        view = await create(server, method=DCVMethod.EMAIL)
        assert len(view.pending) == 5
        assert len({v.random_value for v in view.pending}) == 5
        order = (await place(server, BELOW)).order
        await server.work()
        assert len(mail_sink.received) == 5
        text = mail_sink.received[2].get_content()
        assert "wants to order TLS certificates for example.com" in text
        code = re.search(r"code=(\w+)", text)
        assert code is not None
        page = await server.http.get("/validation/approve", params={"code": code[1]})
        assert "order certificates that will let them operate this domain" in page.text
        await server.program.use.approver_emails.confirm(Secret(code[1]))
        await server.work()
        after = await shown(server)
        assert after.is_proved(server.clock.now())
        assert after.pending == ()
        assert (await show(server, order)).order.status is OrderStatus.ISSUED


async def test_approvers_are_mailed_again_after_a_pause(mail_sink: MailSink, tmp_path: Path) -> None:
    async with running_server(tmp_path, CERTWRIGHT_SMTP_URL=mail_sink.url) as server:
        domains, caller = server.program.use.domains, await server.caller()
        view = await create(server, method=DCVMethod.EMAIL, emails=("Admin@Example.com",))
        await server.work()
        with pytest.raises(LimitExceeded):
            await domains.send_emails(caller, view.domain.id)
        server.clock.advance(MINUTE)
        await domains.send_emails(caller, view.domain.id)
        await server.work()
        assert [mail["To"] for mail in mail_sink.received] == ["admin@example.com"] * 2


async def test_what_can_not_be_asked_for(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    with pytest.raises(InvalidInput, match="approver"):
        await create(server, method=DCVMethod.EMAIL, emails=("owner@example.com",))
    with pytest.raises(InvalidInput):
        await create(server, "*.example.com")
    view = await create(server)
    with pytest.raises(InvalidInput, match="already"):
        await create(server)
    with pytest.raises(Conflict):
        await domains.send_emails(caller, view.domain.id)
    await domains.change_method(caller, view.domain.id, DCVMethod.EMAIL)
    with pytest.raises(Conflict):
        await domains.renew_token(caller, view.domain.id)


async def test_submitting_adds_levels_and_asks_for_a_proof_that_is_not_waited_for(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    view = await create(server)
    again = await domains.submit(caller, view.domain.id, (ValidationLevel.EV,))
    assert again.domain.levels == (ValidationLevel.OV, ValidationLevel.EV)
    assert again.pending == view.pending
    await server.prove(NAME, view.pending[0].random_value)
    await server.work()
    renewed = await domains.submit(caller, view.domain.id, (ValidationLevel.EV,))
    assert len(renewed.pending) == 1
    assert renewed.is_proved(server.clock.now())


async def test_deleted_domain_leaves_its_proof_to_the_account(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    view = await create(server)
    await server.prove(NAME, view.pending[0].random_value)
    await server.work()
    await domains.delete(caller, view.domain.id)
    with pytest.raises(NotFound):
        await shown(server)
    assert (await place(server, BELOW, at_once=True)).order.status is OrderStatus.ISSUED


async def test_deleted_domain_is_looked_for_no_longer(server: Server) -> None:
    view = await create(server)
    await server.program.use.domains.delete(await server.caller(), view.domain.id)
    async with server.program.store.reading() as work:
        (given_up,) = await work.validations.list_of_domains(view.domain.account_id)
    assert given_up.status is ValidationStatus.FAILED
    await server.work()
    server.clock.advance(DAY)
    assert await server.program.use.domains.look_again(view.domain.id) is None


async def test_list_tells_each_domain_as_it_is_shown(server: Server) -> None:
    domains, caller = server.program.use.domains, await server.caller()
    await issue(server, "example.org")
    for name in (NAME, "www.example.org", "b.example.net"):
        await create(server, name)
    script(server, "b.example.net")
    await server.work()
    listed = await domains.list_of(caller)
    assert listed == [await domains.show(caller, view.domain.id) for view in listed]
    assert [view.is_proved(server.clock.now()) for view in listed] == [False, True, True]
