"""Another account's thing answers exactly like a thing that never was, in every use case that takes a caller."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.contact import ContactKind
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import NotFound
from certwright.domain.ids import ApprovalRequestId, CertificateId, ContactId, OrderId, OrganizationId
from certwright.domain.organization import Address
from certwright.services.contacts import NewContact
from certwright.services.use_cases import UseCases
from tests.support.clock import NOON
from tests.support.orders import issue, new_csr, new_order, ordered, organization

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.account import Caller
    from tests.support.server import Server

UNKNOWN = 2_000_000_000
ADDRESS = Address(line1="1 Jalan Besar", city="Ipoh", state="Perak", postal_code="30000", country="MY")
CONTACT = NewContact(
    kind=ContactKind.ADMINISTRATOR,
    first_name="Domain",
    last_name="Administrator",
    company="",
    email="owner@example.com",
    phone="+60.1234567",
    address=ADDRESS,
)

# Every use case that takes a caller and an id, by the kind of thing whose id it takes.
BY_ID: dict[str, tuple[str, Callable[[UseCases, Caller, int], Awaitable[object]]]] = {
    "approvals.get": ("request", lambda u, c, n: u.approvals.get(c, ApprovalRequestId(n))),
    "approvals.approve": ("request", lambda u, c, n: u.approvals.approve(c, ApprovalRequestId(n))),
    "approvals.reject": ("request", lambda u, c, n: u.approvals.reject(c, ApprovalRequestId(n))),
    "contacts.get": ("contact", lambda u, c, n: u.contacts.get(c, ContactId(n))),
    "delivery.get": ("certificate", lambda u, c, n: u.delivery.get(c, CertificateId(n))),
    "delivery.deliver": ("certificate", lambda u, c, n: u.delivery.deliver(c, CertificateId(n))),
    "delivery.deliver_of_order": ("order", lambda u, c, n: u.delivery.deliver_of_order(c, OrderId(n))),
    "feed.history": ("order", lambda u, c, n: u.feed.history(c, OrderId(n))),
    "ordering.check": ("order", lambda u, c, n: u.ordering.check(c, OrderId(n))),
    "ordering.show": ("order", lambda u, c, n: u.ordering.show(c, OrderId(n))),
    "ordering.supply_csr": ("order", lambda u, c, n: u.ordering.supply_csr(c, OrderId(n), new_csr())),
    "ordering.cancel": ("order", lambda u, c, n: u.ordering.cancel(c, OrderId(n))),
    "organizations.get": ("organization", lambda u, c, n: u.organizations.get(c, OrganizationId(n))),
    "revocation.revoke": ("certificate", lambda u, c, n: u.revocation.revoke(c, CertificateId(n))),
    "validating.change_method": (
        "order",
        lambda u, c, n: u.validating.change_method(
            c, OrderId(n), ordered("www.example.com", method=DCVMethod.WEBSITE)
        ),
    ),
    "validating.renew_random_value": (
        "order",
        lambda u, c, n: u.validating.renew_random_value(c, OrderId(n)),
    ),
}
# Those that take a caller and no id of ours; the tests below ask each of them.
WITHOUT_ID = {
    "approvals.list_of",
    "contacts.create",
    "delivery.find_by_serial_number",
    "feed.changed_orders",
    "ordering.place",
    "organizations.list_of",
}


def takes_caller(method: Any) -> bool:
    return "caller" in inspect.signature(method).parameters


def test_every_use_case_is_asked(server: Server) -> None:
    use = server.program.use
    found = {
        f"{field}.{name}"
        for field in inspect.get_annotations(UseCases)
        for name, method in inspect.getmembers(getattr(use, field), inspect.ismethod)
        if not name.startswith("_") and takes_caller(method)
    }
    assert found == BY_ID.keys() | WITHOUT_ID


async def things(server: Server) -> dict[str, int]:
    """Make one of everything in the first account."""
    known = await organization(server)
    view = await issue(server)
    (contact,) = await server.program.use.contacts.create(await server.caller(), [CONTACT])
    return {
        "order": view.order.id,
        "certificate": view.certificate.id,
        "request": view.requests[0].id,
        "organization": known.id,
        "contact": contact.id,
    }


async def answer(call: Awaitable[object]) -> tuple[type[BaseException], str, tuple[object, ...]]:
    try:
        await call
    except NotFound as error:
        return type(error), error.message, error.faults
    pytest.fail("it was found")


async def test_foreign_id_answers_like_an_unknown_one(each_server: Server) -> None:
    server = each_server
    made = await things(server)
    stranger = await server.program.use.accounts.authenticate_key(server.other.digicert.secret)
    for name, (kind, call) in BY_ID.items():
        foreign = await answer(call(server.program.use, stranger, made[kind]))
        unknown = await answer(call(server.program.use, stranger, UNKNOWN))
        assert foreign == unknown, name
    assert (
        await server.program.use.ordering.show(await server.caller(), OrderId(made["order"]))
    ).order.version == 2


@pytest.mark.parametrize(
    ("field", "kind"),
    [
        ("administrator_contact_id", "contact"),
        ("technical_contact_id", "contact"),
        ("organization_id", "organization"),
        ("renewal_of_order_id", "order"),
    ],
)
async def test_foreign_reference_in_an_order_answers_like_an_unknown_one(
    server: Server, field: str, kind: str
) -> None:
    made = await things(server)
    use = server.program.use
    stranger = await use.accounts.authenticate_key(server.other.digicert.secret)
    foreign, unknown = [
        await answer(use.ordering.place(stranger, replace(new_order(server), **{field: number})))  # type: ignore[arg-type]  # the field varies
        for number in (made[kind], UNKNOWN)
    ]
    assert foreign == unknown


async def test_lists_and_searches_show_nothing_of_others(server: Server) -> None:
    await things(server)
    use = server.program.use
    mine, stranger = await server.caller(), await use.accounts.authenticate_key(server.other.digicert.secret)
    certificate = (await use.ordering.show(mine, OrderId(100_001))).certificate
    for caller, count in ((mine, 1), (stranger, 0)):
        assert len(await use.approvals.list_of(caller)) == count
        assert len(await use.organizations.list_of(caller)) == count
        assert len(await use.feed.changed_orders(caller, NOON, NOON)) == count
        found = await use.delivery.find_by_serial_number(caller, certificate.serial_number or "")
        assert (found is not None) == bool(count)
