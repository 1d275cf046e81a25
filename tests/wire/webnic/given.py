"""States from which golden pairs start; made through the API itself, so that ids are those of a fresh server.

The first order of a server is 2000100001 and its first contacts are WNC1 (administrator) and WNC2 (technical).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    "an order of another account": _an_order_of_another_account,
}
