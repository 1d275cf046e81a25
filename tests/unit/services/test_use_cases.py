"""Another account's thing answers exactly like a thing that never was, in every use case that takes a caller."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.account import Secret
from certwright.domain.certificate import CertificateKind
from certwright.domain.contact import ContactKind
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import NotFound
from certwright.domain.identifier import Identifier
from certwright.domain.ids import (
    ApprovalRequestId,
    CertificateId,
    ContactId,
    CustomFieldId,
    DomainId,
    OrderId,
    OrganizationId,
    SubscriptionId,
    WebhookId,
)
from certwright.domain.organization import Address, OrganizationContact
from certwright.domain.product import ValidationLevel
from certwright.domain.query import RequestQuery
from certwright.services.annotations import FieldChange
from certwright.services.contacts import NewContact
from certwright.services.domains import NewDomain
from certwright.services.reissuing import NewCertificate
from certwright.services.revocation import NewRevocation
from certwright.services.subscriptions import SubscriptionWishes
from certwright.services.use_cases import UseCases
from certwright.services.webhooks import WebhookWishes
from tests.support.clock import NOON
from tests.support.orders import issue, new_csr, new_order, ordered, organization

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.account import Caller
    from tests.support.server import Server

UNKNOWN = 2_000_000_000
PERSON = OrganizationContact(first_name="Ada", last_name="Lovelace", email="ada@example.com", phone="1")
WISHES = WebhookWishes(endpoint="https://hooks.example/", secret=Secret("s" * 32))
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
    "annotations.add_note": ("order", lambda u, c, n: u.annotations.add_note(c, OrderId(n), "x")),
    "annotations.change_field": (
        "field",
        lambda u, c, n: u.annotations.change_field(c, CustomFieldId(n), FieldChange(label="x")),
    ),
    "annotations.list_notes": ("order", lambda u, c, n: u.annotations.list_notes(c, OrderId(n))),
    "annotations.set_value": (
        "order",
        lambda u, c, n: u.annotations.set_value(c, OrderId(n), GivenValue(CustomFieldId(1), "x")),
    ),
    "approvals.get": ("request", lambda u, c, n: u.approvals.get(c, ApprovalRequestId(n))),
    "approvals.approve": ("request", lambda u, c, n: u.approvals.approve(c, ApprovalRequestId(n))),
    "approvals.reject": ("request", lambda u, c, n: u.approvals.reject(c, ApprovalRequestId(n))),
    "approver_emails.last_mail_at": ("order", lambda u, c, n: u.approver_emails.last_mail_at(c, OrderId(n))),
    "approver_emails.send_again": ("order", lambda u, c, n: u.approver_emails.send_again(c, OrderId(n))),
    "contacts.delete": ("contact", lambda u, c, n: u.contacts.delete(c, ContactId(n))),
    "contacts.get": ("contact", lambda u, c, n: u.contacts.get(c, ContactId(n))),
    "delivery.get": ("certificate", lambda u, c, n: u.delivery.get(c, CertificateId(n))),
    "delivery.deliver": ("certificate", lambda u, c, n: u.delivery.deliver(c, CertificateId(n))),
    "delivery.deliver_of_order": ("order", lambda u, c, n: u.delivery.deliver_of_order(c, OrderId(n))),
    "domains.change_method": (
        "domain",
        lambda u, c, n: u.domains.change_method(c, DomainId(n), DCVMethod.DNS_CNAME),
    ),
    "domains.delete": ("domain", lambda u, c, n: u.domains.delete(c, DomainId(n))),
    "domains.look": ("domain", lambda u, c, n: u.domains.look(c, DomainId(n))),
    "domains.renew_token": ("domain", lambda u, c, n: u.domains.renew_token(c, DomainId(n))),
    "domains.send_emails": ("domain", lambda u, c, n: u.domains.send_emails(c, DomainId(n))),
    "domains.set_active": ("domain", lambda u, c, n: u.domains.set_active(c, DomainId(n), active=False)),
    "domains.show": ("domain", lambda u, c, n: u.domains.show(c, DomainId(n))),
    "domains.submit": ("domain", lambda u, c, n: u.domains.submit(c, DomainId(n), (ValidationLevel.OV,))),
    "feed.history": ("order", lambda u, c, n: u.feed.history(c, OrderId(n))),
    "ordering.check": ("order", lambda u, c, n: u.ordering.check(c, OrderId(n))),
    "ordering.show": ("order", lambda u, c, n: u.ordering.show(c, OrderId(n))),
    "ordering.supply_csr": ("order", lambda u, c, n: u.ordering.supply_csr(c, OrderId(n), new_csr())),
    "ordering.caa_messages": ("order", lambda u, c, n: u.ordering.caa_messages(c, OrderId(n))),
    "ordering.cancel": ("order", lambda u, c, n: u.ordering.cancel(c, OrderId(n))),
    "organizations.get": ("organization", lambda u, c, n: u.organizations.get(c, OrganizationId(n))),
    "organizations.set_active": (
        "organization",
        lambda u, c, n: u.organizations.set_active(c, OrganizationId(n), active=False),
    ),
    "organizations.submit": (
        "organization",
        lambda u, c, n: u.organizations.submit(c, OrganizationId(n), ValidationLevel.OV),
    ),
    "organizations.update_contact": (
        "organization",
        lambda u, c, n: u.organizations.update_contact(c, OrganizationId(n), PERSON),
    ),
    "reissuing.duplicate": (
        "order",
        lambda u, c, n: u.reissuing.duplicate(c, OrderId(n), NewCertificate(csr=new_csr())),
    ),
    "reissuing.list_of": (
        "order",
        lambda u, c, n: u.reissuing.list_of(c, OrderId(n), CertificateKind.REISSUE),
    ),
    "reissuing.reissue": (
        "order",
        lambda u, c, n: u.reissuing.reissue(c, OrderId(n), NewCertificate(csr=new_csr())),
    ),
    "revocation.revoke": (
        "order",
        lambda u, c, n: u.revocation.revoke(c, NewRevocation(order_id=OrderId(n))),
    ),
    "subscriptions.delete": (
        "subscription",
        lambda u, c, n: u.subscriptions.delete(c, SubscriptionId(n)),
    ),
    "subscriptions.get": ("subscription", lambda u, c, n: u.subscriptions.get(c, SubscriptionId(n))),
    "subscriptions.list_attempts": (
        "subscription",
        lambda u, c, n: u.subscriptions.list_attempts(c, SubscriptionId(n), before=None, limit=1),
    ),
    "subscriptions.replay": (
        "subscription",
        lambda u, c, n: u.subscriptions.replay(c, SubscriptionId(n), 0),
    ),
    "subscriptions.rotate_secret": (
        "subscription",
        lambda u, c, n: u.subscriptions.rotate_secret(c, SubscriptionId(n)),
    ),
    "subscriptions.send_test": (
        "subscription",
        lambda u, c, n: u.subscriptions.send_test(c, SubscriptionId(n)),
    ),
    "subscriptions.update": (
        "subscription",
        lambda u, c, n: u.subscriptions.update(c, SubscriptionId(n), SubscriptionWishes()),
    ),
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
    "webhooks.check_challenge": (
        "webhook",
        lambda u, c, n: u.webhooks.check_challenge(c, WebhookId(n), Secret("x")),
    ),
    "webhooks.list_events": ("webhook", lambda u, c, n: u.webhooks.list_events(c, WebhookId(n))),
    "webhooks.send_challenge": ("webhook", lambda u, c, n: u.webhooks.send_challenge(c, WebhookId(n))),
    "webhooks.set_active": (
        "webhook",
        lambda u, c, n: u.webhooks.set_active(c, WebhookId(n), active=False),
    ),
    "webhooks.update": ("webhook", lambda u, c, n: u.webhooks.update(c, WebhookId(n), WISHES)),
}
# Those that take a caller and no id of ours; the tests below ask each of them.
WITHOUT_ID = {
    "annotations.add_field",
    "annotations.list_fields",
    "bulk_ordering.find_placed",
    "bulk_ordering.place_checked",
    "bulk_ordering.place_many",
    "bulk_ordering.rehearse",
    "changed_orders.read",
    "contacts.create",
    "delivery.find_by_serial_number",
    "domains.create",
    "domains.list_of",
    "feed.follow",
    "feed.read",
    "ordering.place",
    "organizations.list_of",
    "statistics.months",
    "statistics.orders",
    "subscriptions.create",
    "subscriptions.list_all",
    "webhooks.create",
    "webhooks.find",
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
    use, caller = server.program.use, await server.caller()
    (contact,) = await use.contacts.create(caller, [CONTACT])
    domain = await use.domains.create(
        caller,
        NewDomain(
            identifier=Identifier("example.org"), method=DCVMethod.DNS_TXT, levels=(ValidationLevel.DV,)
        ),
    )
    field = await use.annotations.add_field(caller, FieldChange(label="Cost centre"))
    webhook = await use.webhooks.create(caller, WISHES)
    made = await use.subscriptions.create(caller, SubscriptionWishes(url="https://93.184.216.34/"))
    return {
        "order": view.order.id,
        "certificate": view.certificate.id,
        "request": view.requests[0].id,
        "organization": known.id,
        "contact": contact.id,
        "domain": domain.domain.id,
        "field": field.id,
        "webhook": webhook.id,
        "subscription": made.subscription.id,
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
    ).order.version == 1


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
        requests = await use.approvals.search(RequestQuery(account_id=caller.account_id))
        assert (len(requests.items), requests.total) == (count, count)
        assert len(await use.annotations.list_fields(caller)) == count
        assert len(await use.domains.list_of(caller)) == count
        assert (await use.webhooks.find(caller) is not None) == bool(count)
        assert len(await use.subscriptions.list_all(caller)) == count
        assert (await use.statistics.orders(caller)).total == count
        assert sum(month.total for month in await use.statistics.months(caller, UTC)) == count
        assert len(await use.organizations.list_of(caller)) == count
        assert sum([len(page) async for page in use.changed_orders.read(caller, NOON, NOON)]) == count
        found = await use.delivery.find_by_serial_number(caller, certificate.serial_number or "")
        assert (found is not None) == bool(count)
