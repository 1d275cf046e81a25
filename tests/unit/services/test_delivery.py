"""Certificates handed out with the chain above them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from certwright.domain.errors import Conflict, NotFound
from certwright.domain.ids import AuthorityId
from tests.support.orders import issue, place

if TYPE_CHECKING:
    from tests.support.server import Server


async def test_certificate_comes_with_its_chain(server: Server) -> None:
    view = await issue(server)
    use, caller = server.program.use.delivery, await server.caller()
    delivered = await use.deliver(caller, view.certificate.id)
    assert delivered == await use.deliver_of_order(caller, view.order.id)
    assert delivered.certificate == await use.get(caller, view.certificate.id)
    leaf, issuing, root = [x509.load_der_x509_certificate(der) for der in (delivered.leaf, *delivered.chain)]
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)


async def test_nothing_is_delivered_before_it_is_issued(server: Server) -> None:
    view = await place(server)
    use, caller = server.program.use.delivery, await server.caller()
    with pytest.raises(Conflict, match="not been issued yet"):
        await use.deliver(caller, view.certificate.id)
    with pytest.raises(Conflict, match="not been issued yet"):
        await use.deliver_of_order(caller, view.order.id)


async def test_serial_number_is_found_in_any_spelling(server: Server) -> None:
    view = await issue(server)
    use, caller = server.program.use.delivery, await server.caller()
    serial_number = view.certificate.serial_number or ""
    for text in (serial_number, serial_number.lower(), "00" + serial_number):
        assert await use.find_by_serial_number(caller, text) == view.certificate
    for text in ("", "0", "zz", serial_number + "0"):
        assert await use.find_by_serial_number(caller, text) is None


def test_chain_of_an_authority(server: Server) -> None:
    use = server.program.use.delivery
    (issuing,) = use.authority_ids()
    assert len(use.authority_chain(issuing)) == 2
    with pytest.raises(NotFound):
        use.authority_chain(AuthorityId(999))
