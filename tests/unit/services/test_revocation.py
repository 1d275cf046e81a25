"""Revoked certificates: the order goes with them, and CRL and OCSP tell."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from certwright.domain.account import ApprovalPolicy
from certwright.domain.approval import RequestKind, RequestStatus
from certwright.domain.certificate import CertificateStatus, RevocationReason
from certwright.domain.errors import AlreadyRevoked, Conflict
from certwright.domain.status import Action, OrderStatus
from certwright.services.revocation import NewRevocation
from tests.support.orders import issue, new_csr, place, show

if TYPE_CHECKING:
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.services.order_view import OrderView
    from tests.support.server import Server


async def crl(server: Server) -> x509.CertificateRevocationList:
    authority_id = server.program.use.delivery.authority_ids()[0]
    return x509.load_der_x509_crl(await server.program.use.revocation.crl(authority_id))


async def ocsp_answer(server: Server, certificate: Certificate) -> ocsp.OCSPResponse:
    delivered = await server.program.use.delivery.deliver(await server.caller(), certificate.id)
    leaf, issuer = (x509.load_der_x509_certificate(der) for der in (delivered.leaf, delivered.chain[0]))
    request = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA256()).build()
    answer = await server.program.use.revocation.answer_ocsp(request.public_bytes(serialization.Encoding.DER))
    return ocsp.load_der_ocsp_response(answer)


async def revoke(server: Server, view: OrderView, **changes: Any) -> ApprovalRequest:
    wanted = NewRevocation(order_id=view.order.id, **changes)
    return await server.program.use.revocation.revoke(await server.caller(), wanted)


async def test_revocation_shows_in_order_crl_and_ocsp(server: Server) -> None:
    view = await issue(server)
    assert len(await crl(server)) == 0
    assert (await ocsp_answer(server, view.certificate)).certificate_status is ocsp.OCSPCertStatus.GOOD

    request = await revoke(server, view, reason=RevocationReason.SUPERSEDED, comment="replaced")
    assert (request.kind, request.status) == (RequestKind.REVOKE, RequestStatus.APPROVED)
    done = await show(server, view.order)
    assert (done.certificate.status, done.certificate.revoked_at) == (
        CertificateStatus.REVOKED,
        server.clock.now(),
    )
    assert (done.order.status, done.order.status_reason) == (OrderStatus.REVOKED, "replaced")
    (entry,) = await crl(server)
    assert entry.serial_number == int(view.certificate.serial_number or "", 16)
    reason = entry.extensions.get_extension_for_class(x509.CRLReason).value
    assert reason == x509.CRLReason(x509.ReasonFlags.superseded)
    assert (await ocsp_answer(server, view.certificate)).certificate_status is ocsp.OCSPCertStatus.REVOKED


async def test_certificate_is_revoked_once(each_server: Server) -> None:
    server = each_server
    view = await issue(server)
    caller = await server.caller()
    results = await asyncio.gather(
        *(revoke(server, view) for _ in range(4)),
        return_exceptions=True,
    )
    conflicts = [result for result in results if isinstance(result, AlreadyRevoked)]
    assert [error.message for error in conflicts] == ["The order is revoked already"] * 3
    assert len(await server.program.use.feed.history(caller, view.order.id)) == 4


async def test_certificate_that_is_not_issued_can_not_be_revoked(server: Server) -> None:
    view = await place(server)
    with pytest.raises(Conflict, match="no issued certificate"):
        await revoke(server, view)


async def test_entry_stands_on_a_crl_beyond_the_end_of_its_certificate(server: Server) -> None:
    """RFC 5280 §3.3."""
    view = await issue(server, certificate_days=10)
    await revoke(server, view)
    server.clock.advance(timedelta(days=12))
    assert len(await crl(server)) == 1
    server.clock.advance(timedelta(days=7))
    assert len(await crl(server)) == 0


async def test_revoked_certificate_stays_revoked_when_it_runs_out(server: Server) -> None:
    view = await issue(server, certificate_days=10)
    await revoke(server, view)
    server.clock.advance(timedelta(days=11))
    await server.work()
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (OrderStatus.REVOKED, CertificateStatus.REVOKED)


async def test_one_certificate_is_revoked_and_the_order_stays(server: Server) -> None:
    view = await issue(server)
    await revoke(server, view, certificate_id=view.certificate.id)
    done = await show(server, view.order)
    assert (done.order.status, done.certificate.status) == (OrderStatus.ISSUED, CertificateStatus.REVOKED)
    with pytest.raises(AlreadyRevoked, match="The certificate is revoked already"):
        await revoke(server, view, certificate_id=view.certificate.id)
    await revoke(server, view)
    assert (await show(server, view.order)).order.status is OrderStatus.REVOKED


async def test_revocation_that_wants_approval_waits_for_it(server: Server) -> None:
    server.account = await server.program.use.accounts.create("Strict", approval=ApprovalPolicy.ONE_STEP)
    view = await issue(server, skip_approval=True)
    request = await revoke(server, view, reason=RevocationReason.KEY_COMPROMISE)
    assert request.status is RequestStatus.PENDING
    assert len(await crl(server)) == 0
    await server.program.use.approvals.approve(await server.caller(), request.id)
    done = await show(server, view.order)
    assert done.certificate.revocation_reason is RevocationReason.KEY_COMPROMISE
    assert len(await crl(server)) == 1


async def test_request_that_is_none_is_answered_in_ocsps_own_form(server: Server) -> None:
    for junk in (b"", b"junk", bytes(1000)):
        answer = ocsp.load_der_ocsp_response(await server.program.use.revocation.answer_ocsp(junk))
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


async def test_compromised_key_takes_every_certificate_of_the_account_with_it(each_server: Server) -> None:
    csr = new_csr()
    first, second = [await issue(each_server, csr=csr) for _ in range(2)]
    untouched = await issue(each_server)

    await revoke(
        each_server, first, certificate_id=first.certificate.id, reason=RevocationReason.KEY_COMPROMISE
    )

    other = await show(each_server, second.order)
    assert other.order.status is OrderStatus.ISSUED
    assert (other.certificate.status, other.certificate.revocation_reason) == (
        CertificateStatus.REVOKED,
        RevocationReason.KEY_COMPROMISE,
    )
    history = await each_server.program.use.feed.history(await each_server.caller(), second.order.id)
    assert history[-1].action is Action.REVOKE_CERTIFICATE
    assert (await show(each_server, untouched.order)).certificate.status is CertificateStatus.ISSUED


async def test_superseded_key_takes_no_other_certificate_with_it(server: Server) -> None:
    csr = new_csr()
    first, second = [await issue(server, csr=csr) for _ in range(2)]
    await revoke(server, first, reason=RevocationReason.SUPERSEDED)
    assert (await show(server, second.order)).certificate.status is CertificateStatus.ISSUED
