"""States from which golden pairs start; made through the API itself, so that ids are those of a fresh server.

The first order of a server is 2000100001 and its first contacts are WNC1 (administrator) and WNC2 (technical).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from certwright.domain.ids import OrganizationId
from certwright.domain.product import Catalogue, ValidationLevel
from tests.support.server import csr_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

PERSON = {
    "company": "Testing Organization",
    "firstName": "Siti",
    "lastName": "Aminah",
    "address1": "1 Jalan Example",
    "address2": "",
    "city": "Kuala Lumpur",
    "state": "Wilayah Persekutuan",
    "countryCode": "MY",
    "zip": "50450",
    "phoneNumber": "+60.312345678",
    "faxNumber": None,
    "email": "support@webnic.cc",
}
COMPANY: dict[str, Any] = {
    "name": "Example, Sdn. Bhd.",
    "assumedName": "Example",
    "registrationNumber": "202601000001",
    "phoneNumber": "+60.312345678",
    "address1": "1 Jalan Example",
    "address2": "",
    "city": "Kuala Lumpur",
    "state": "Wilayah Persekutuan",
    "zip": "50450",
    "countryCode": "MY",
    "contact": {
        "firstName": "Siti",
        "lastName": "Aminah",
        "jobTitle": "Head of IT",
        "email": "siti@webnic.cc",
        "phoneNumber": "+60.312345678",
    },
}
ORDER = "2000100001"


async def create_contacts(server: Server, account: NewAccount | None = None) -> None:
    """Make WNC1 and WNC2."""
    body = {"administrator": PERSON, "technical": PERSON}
    answer = await server.webnic("POST", "/ssl/v2/contact/create", account=account, json=body)
    assert answer.status_code == 200, answer.text


async def place(
    server: Server, common_name: str, *, account: NewAccount | None = None, **changes: Any
) -> Any:
    """Place an order and return the answer's data."""
    body = {
        "productKey": "ssl123",
        "term": 1,
        "csr": csr_for(common_name),
        "administratorContactId": "WNC1",
        "authType": "dns",
        **changes,
    }
    answer = await server.webnic("POST", "/ssl/v2/orders/new", account=account, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def issue(server: Server, common_name: str, **changes: Any) -> str:
    """Place an order, prove its names and let the worker do the rest; return the order's id."""
    placed = await place(server, common_name, **changes)
    for name in [placed["commonName"], *placed["san"]]:
        await server.prove(name["name"].removeprefix("*."), name["value"])
    await server.work()
    return str(placed["orderId"])


async def _nothing(server: Server) -> None:
    """Leave a fresh server as it is."""


async def _an_order(server: Server) -> None:
    await create_contacts(server)
    await place(server, "shop.webnic.cc", sanfield=["www.webnic.cc"], technicalContactId="WNC2")


async def _an_order_by_file(server: Server) -> None:
    await create_contacts(server)
    await place(server, "shop.webnic.cc", authType="file")


async def _an_order_by_email(server: Server) -> None:
    await create_contacts(server)
    await place(server, "shop.webnic.cc", authType="email")


async def _an_order_for_a_wildcard(server: Server) -> None:
    await create_contacts(server)
    await place(server, "*.webnic.cc", productKey="alphassl-wildcard")


async def _an_order_with_its_records_published(server: Server) -> None:
    await create_contacts(server)
    placed = await place(server, "shop.webnic.cc")
    await server.prove("shop.webnic.cc", placed["commonName"]["value"])


async def _an_order_with_one_name_proved(server: Server) -> None:
    await create_contacts(server)
    placed = await place(server, "shop.webnic.cc", sanfield=["www.webnic.cc"])
    await server.prove("shop.webnic.cc", placed["commonName"]["value"])


async def _an_issued_order(server: Server) -> None:
    await create_contacts(server)
    await issue(server, "shop.webnic.cc", term=2)


async def _a_canceled_order(server: Server) -> None:
    await _an_order(server)
    answer = await server.webnic("POST", f"/ssl/v2/orders/{ORDER}/cancel")
    assert answer.status_code == 200, answer.text


async def _a_refunded_order(server: Server) -> None:
    await _a_canceled_order(server)
    await server.work()


async def _an_expired_order(server: Server) -> None:
    await create_contacts(server)
    await issue(server, "shop.webnic.cc", sanfield=["www.webnic.cc"])
    server.clock.advance(timedelta(days=199))
    await server.work()


async def _a_renewed_order(server: Server) -> None:
    await _an_expired_order(server)
    answer = await server.webnic("POST", f"/ssl/v2/orders/{ORDER}/renew", json={"term": 1})
    assert answer.status_code == 200, answer.text


async def _an_order_with_a_reissue_under_way(server: Server) -> None:
    await create_contacts(server)
    await issue(server, "shop.webnic.cc")
    body = {"csr": csr_for("shop.webnic.cc"), "sanfield": ["pay.example.net"]}
    answer = await server.webnic("POST", f"/ssl/v2/orders/{ORDER}/reissue", json=body)
    assert answer.status_code == 200, answer.text


async def _an_order_for_a_product_that_is_gone(server: Server) -> None:
    await _an_order(server)
    _keep_products(server, "alphassl")


async def _a_poor_account(server: Server) -> None:
    await create_contacts(server)
    account_id = server.account.account.id
    await server.program.use.billing.set_credit_limit(account_id, Decimal(0))
    await server.program.use.billing.top_up(account_id, Decimal("9.99"))


async def _a_rich_account(server: Server) -> None:
    await server.program.use.billing.top_up(server.account.account.id, Decimal("791.10"))


async def _an_organization(server: Server) -> None:
    answer = await server.webnic("POST", "/ssl/v2/organization/create", json=COMPANY)
    assert answer.status_code == 200, answer.text


async def _an_unregistered_organization(server: Server) -> None:
    body = COMPANY | {"registrationNumber": ""}
    assert (await server.webnic("POST", "/ssl/v2/organization/create", json=body)).status_code == 200


async def _one_product(server: Server) -> None:
    _keep_products(server, "ssl123")


def _keep_products(server: Server, *keys: str) -> None:
    """Let the catalogue be as if the operator had started the server with these products alone."""
    catalogue = server.program.use.catalogue
    kept = tuple(product for product in catalogue.products if product.key in keys)
    Catalogue.__init__(catalogue, currency=catalogue.currency, products=kept)


async def _a_submitted_organization(server: Server) -> None:
    await _an_organization(server)
    body = {"validationType": "OV"}
    await server.webnic("POST", "/ssl/v2/organization/1/validation/submit", json=body)


async def _an_approved_organization(server: Server) -> None:
    await _a_submitted_organization(server)
    organizations = server.program.use.organizations
    await organizations.approve(OrganizationId(1), ValidationLevel.OV, evidence="Register of companies")


async def _a_rejected_organization(server: Server) -> None:
    await _a_submitted_organization(server)
    organizations = server.program.use.organizations
    await organizations.reject(OrganizationId(1), ValidationLevel.OV, evidence="Not in the register")


async def _an_organization_of_another_account(server: Server) -> None:
    await server.webnic("POST", "/ssl/v2/organization/create", account=server.other, json=COMPANY)


async def _several_organizations(server: Server) -> None:
    await _a_submitted_organization(server)
    for name in ("Second Bhd.", "EXAMPLE Two Bhd."):
        await server.webnic("POST", "/ssl/v2/organization/create", json=COMPANY | {"name": name})


async def _several_orders(server: Server) -> None:
    await create_contacts(server)
    await issue(server, "shop.webnic.cc")
    await place(server, "mail.webnic.cc")
    await place(server, "www.webnic.cc", productKey="alphassl")
    await server.webnic("POST", "/ssl/v2/orders/2000100002/cancel")
    await server.work()


async def _an_order_of_another_account(server: Server) -> None:
    await create_contacts(server, server.other)
    await place(server, "shop.webnic.cc", account=server.other)


GIVEN: dict[str, Callable[[Server], Awaitable[None]]] = {
    "nothing": _nothing,
    "contacts": create_contacts,
    "an order": _an_order,
    "an order by file": _an_order_by_file,
    "an order by e-mail": _an_order_by_email,
    "an order for a wildcard": _an_order_for_a_wildcard,
    "an order with its records published": _an_order_with_its_records_published,
    "an order with one name proved": _an_order_with_one_name_proved,
    "an issued order": _an_issued_order,
    "a canceled order": _a_canceled_order,
    "a refunded order": _a_refunded_order,
    "an expired order": _an_expired_order,
    "a renewed order": _a_renewed_order,
    "an order with a reissue under way": _an_order_with_a_reissue_under_way,
    "an order for a product that is gone": _an_order_for_a_product_that_is_gone,
    "a poor account": _a_poor_account,
    "a rich account": _a_rich_account,
    "an organization": _an_organization,
    "an unregistered organization": _an_unregistered_organization,
    "one product": _one_product,
    "a submitted organization": _a_submitted_organization,
    "an approved organization": _an_approved_organization,
    "a rejected organization": _a_rejected_organization,
    "an organization of another account": _an_organization_of_another_account,
    "several organizations": _several_organizations,
    "several orders": _several_orders,
    "an order of another account": _an_order_of_another_account,
}
