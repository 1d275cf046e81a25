"""What issuing takes is read for many certificates at once, each with its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import ApprovalPolicy
from certwright.domain.certificate import CertificateKind
from certwright.domain.dcv import DCVMethod
from certwright.services.material import names_of, read_material
from certwright.services.reissuing import NewCertificate
from tests.support.orders import issue, new_csr, ordered, organization, place, script_caa, script_probe

if TYPE_CHECKING:
    from certwright.services.material import Material
    from certwright.services.order_view import OrderView
    from tests.support.server import Server


async def read(server: Server, *views: OrderView) -> list[Material]:
    wanted = [(view.order, view.certificate) for view in views]
    async with server.program.store.reading() as work:
        return await read_material(work, server.program.use.catalogue, wanted, server.clock.now())


async def test_each_certificate_comes_with_what_is_its_own(each_server: Server) -> None:
    server = each_server
    known = await organization(server)
    await issue(server, "proved.example")
    views = [
        await place(server, "a.proved.example", "b.example"),
        await place(server, "c.example", product="private_ssl_plus", organization_id=known.id),
        await place(server, "d.example", organization_id=known.id),
    ]
    found = await read(server, *views)
    assert [each.order for each in found] == [view.order for view in views]
    assert [each.product.key for each in found] == [view.product.key for view in views]
    assert [each.organization and each.organization.id for each in found] == [None, known.id, known.id]
    assert [[proof.is_proved for proof in each.proofs] for each in found] == [[True, False], [], [False]]
    assert not any(each.waits_for_approval for each in found)


async def test_certificate_whose_request_nobody_decided_waits(server: Server) -> None:
    made = await server.program.use.accounts.create("Careful", approval=ApprovalPolicy.ONE_STEP)
    caller = await server.program.use.accounts.authenticate_key(made.digicert.secret)
    free = await place(server)
    server.account = made
    held = await place(server)
    assert caller.account_id == held.order.account_id
    assert [each.waits_for_approval for each in await read(server, free, held)] == [False, True]


async def test_duplicate_has_the_names_and_methods_it_was_asked_for(server: Server) -> None:
    script_probe(server, "www.example.com")
    script_caa(server)
    view = await issue(server)
    new = NewCertificate(csr=new_csr(), names=ordered("www.example.com", method=DCVMethod.WEBSITE))
    duplicate = await server.program.use.reissuing.duplicate(await server.caller(), view.order.id, new)
    assert duplicate.certificate.kind is CertificateKind.DUPLICATE
    assert names_of(view.order, duplicate.certificate) == new.names
    assert names_of(view.order, view.certificate) == view.order.names
