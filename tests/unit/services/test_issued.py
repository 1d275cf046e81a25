"""What follows when a certificate was made, for many at once, and that nothing is kept of some without the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.domain.certificate import CertificateKind, CertificateStatus, IssuedCertificate
from certwright.domain.change import WORKER
from certwright.domain.errors import StaleRecord
from certwright.domain.ids import AuthorityId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.webhook import EventKind, WebhookStatus
from certwright.services.issued import Made, store_made
from certwright.services.material import Material
from certwright.services.ports import JobKind
from certwright.services.webhooks import WebhookWishes
from tests.support.orders import place, show

if TYPE_CHECKING:
    from certwright.services.order_view import OrderView
    from tests.support.server import Server

NAMES = ("a.example", "b.example", "c.example")


async def made_for(server: Server, *names: str) -> list[Made]:
    """Place orders, hand them to the CA, and make up what it made."""
    found = []
    for number, name in enumerate(names, start=1):
        view = await place(server, name)
        now = server.clock.now()
        async with server.program.store.writing() as work:
            await work.orders.record(view.order.apply(Action.SUBMIT, actor=WORKER, reason="Handed", at=now))
        found.append(made_of(server, await show(server, view.order), serial_number=f"A{number}"))
    return found


def made_of(server: Server, view: OrderView, *, serial_number: str) -> Made:
    return Made(
        material=Material(
            order=view.order,
            certificate=view.certificate,
            product=view.product,
            organization=None,
            proofs=view.proofs,
        ),
        issued=IssuedCertificate(
            der=f"leaf {serial_number}".encode(),
            authority_id=AuthorityId(2),
            serial_number=serial_number,
            not_before=server.clock.now(),
            not_after=server.clock.now() + timedelta(days=90),
        ),
    )


async def test_each_order_gets_its_own_certificate_and_its_end_is_noted(each_server: Server) -> None:
    server = each_server
    made = await made_for(server, *NAMES)
    async with server.program.store.writing() as work:
        assert await store_made(work, made, server.clock.now()) == [OrderStatus.ISSUED] * 3
    for each in made:
        view = await show(server, each.material.order)
        certificate = view.certificate
        assert (view.order.status, certificate.status) == (OrderStatus.ISSUED, CertificateStatus.ISSUED)
        assert (certificate.der, certificate.serial_number) == (each.issued.der, each.issued.serial_number)
    async with server.program.store.writing() as work:
        jobs = await work.jobs.claim(made[0].issued.not_after, made[0].issued.not_after, 100)
    ends = {job.subject_id for job in jobs if job.kind is JobKind.EXPIRE_CERTIFICATE}
    assert ends == {each.material.certificate.id for each in made}


async def test_one_that_is_not_pending_any_more_keeps_all_from_being_stored(each_server: Server) -> None:
    server = each_server
    made = await made_for(server, *NAMES)
    gone = replace(made[1].material.certificate, status=CertificateStatus.CANCELED)
    async with server.program.store.writing() as work:
        await work.certificates.save(gone, expected=CertificateStatus.PENDING)

    async def store() -> None:
        async with server.program.store.writing() as work:
            await store_made(work, made, server.clock.now())

    with pytest.raises(StaleRecord):
        await store()
    for each in made:
        assert (await show(server, each.material.order)).order.status is OrderStatus.PROCESSING


async def test_every_certificate_is_announced(server: Server) -> None:
    wishes = WebhookWishes(endpoint="https://hooks.example.com/")
    webhook = await server.program.use.webhooks.create(await server.caller(), wishes)
    made = await made_for(server, *NAMES)
    async with server.program.store.writing() as work:
        await work.webhooks.save(replace(webhook, status=WebhookStatus.ACTIVE))
        await store_made(work, made, server.clock.now())
        events = await work.webhooks.list_events(webhook.id)
    assert {event.kind for event in events} == {EventKind.CERTIFICATE_ISSUED}
    assert {event.subject.certificate_id for event in events} == {e.material.certificate.id for e in made}


async def test_reissued_certificate_takes_the_place_of_the_current_one(server: Server) -> None:
    (made,) = await made_for(server, "a.example")
    async with server.program.store.writing() as work:
        await store_made(work, [made], server.clock.now())
    view = await show(server, made.material.order)
    now = server.clock.now()
    new = replace(
        view.certificate,
        id=type(view.certificate.id)(view.certificate.id + 1000),
        kind=CertificateKind.REISSUE,
        status=CertificateStatus.PENDING,
        serial_number=None,
    )
    async with server.program.store.writing() as work:
        await work.certificates.add(new)
        pending = replace(view.order, pending_certificate_id=new.id)
        await work.orders.record(pending.apply(Action.REISSUE, actor=WORKER, reason="Asked for", at=now))
    asked = replace(await show(server, view.order), certificate=new)
    async with server.program.store.writing() as work:
        await store_made(work, [made_of(server, asked, serial_number="B1")], now)
    order = (await show(server, view.order)).order
    assert (order.status, order.certificate_id, order.pending_certificate_id) == (
        OrderStatus.ISSUED,
        new.id,
        None,
    )
