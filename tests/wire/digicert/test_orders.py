"""List orders and order info: every filter, sorting, exact totals, and an order found by what is on its certificate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, add_organization, issue, place

if TYPE_CHECKING:
    from tests.support.server import Server

PATH = f"{API}/order/certificate"
A, B, C = ORDER, ORDER + 1, ORDER + 2

# The book: A is issued for shop.example.com, a day later B is placed for an organization, and C renews A in between.
FILTERS = {
    f"filters[id]={A}": [A],
    f"filters[id][]={A}&filters[id][]={C}": [C, A],
    f"filters[id]=>{A}": [C, B],
    f"filters[id]=<{B}": [A],
    f"filters[id]={A}...{B}": [B, A],
    f"filters[id]={B}...": [C, B],
    "filters[id]=none": [],
    "filters[id]=>none": [],
    f"filters[id]={10**10}": [],
    f"filters[id]=<{10**9}9": [C, B, A],
    f"filters[certificate_id]={CERTIFICATE + 1}": [B],
    "filters[status]=issued": [C, A],
    "filters[status]=ISSUED": [C, A],
    "filters[status]=pending": [B],
    "filters[status][0]=issued&filters[status][1]=pending": [C, B, A],
    "filters[status]=waiting_pickup": [],
    "filters[status]=nonsense": [],
    "filters[organization_id]=1": [B],
    "organization_id=1": [B],
    "filters[product_name_id]=ssl_plus": [B],
    "filters[product_name_id][0]=ssl_plus&filters[product_name_id][1]=ssl_dv_geotrust_flex": [C, B, A],
    "filters[product_name_id]=nonsense": [],
    "filters[product_type]=dv_ssl_certificate": [C, A],
    "filters[common_name]=shop.example.com": [C, A],
    "filters[common_name]=SHOP.example.COM": [C, A],
    "filters[common_name]=example.com": [],
    "filters[common_name]=%25EXAMPLE.com": [C, B, A],
    "filters[common_name]=%25_": [],
    "filters[domain_name]=www.shop.example.com": [A],
    "filters[domain_name]=%25www": [A],
    "filters[email]=Siti@example.com": [B],
    "filters[email]=%25siti": [B],
    "filters[search]=%25siti": [B],
    "filters[search]=%25shop": [C, A],
    "filters[search]=siti@example.com": [B],
    "filters[date_created]=2026-11-22": [A],
    "filters[date_created]=2026-11-22T12:00:00%2B00:00": [A],
    "filters[date_created]=>2026-11-22": [C, B],
    "filters[date_created]=<2026-11-23": [A],
    "filters[date_created]=2026-11-22...2026-11-23": [C, B, A],
    "filters[date_created]=2026-11-23+12:00:00...": [C, B],
    "filters[valid_till]=2027-02-20": [A],
    "filters[valid_till]=>2027-06-09": [C],
    "filters[valid_till]=2026-01-01...2027-12-31": [C, A],
    "filters[is_renewed]=1": [A],
    "filters[is_renewed]=0": [C, B],
    "filters[user_id]=1002": [C, B, A],
    "filters[user_id]=1": [],
    "filters[container_id]=1": [C, B, A],
    "container_id=1": [C, B, A],
    "container_id=2": [],
    "container_id=": [C, B, A],
    "filters[origin]=certcentral": [C, B, A],
    "filters[origin]=migrated": [],
    "filters[disable_renewal_notifications]=0": [C, B, A],
    "filters[disable_renewal_notifications]=1": [],
    "filters[metadata_id]=7": [],
    "filters[nonsense]=7": [C, B, A],
    "filters[status]=issued&filters[is_renewed]=0": [C],
    "sort=order_id": [A, B, C],
    "sort=-order_id": [C, B, A],
    "sort=%2Bdate_created": [A, B, C],
    "sort=common_name,-order_id": [B, C, A],
    "sort=-common_name,order_id": [A, C, B],
    "sort=nonsense": [C, B, A],
}


async def _write_book(server: Server) -> None:
    await issue(server, dns_names=("www.shop.example.com",), order_validity={"days": 90})
    server.clock.advance(timedelta(days=1))
    organization = await add_organization(server)
    await place(
        server,
        "api.example.com",
        product="ssl_plus",
        organization={"id": organization.id},
        additional_emails=["Siti@example.com"],
    )
    await place(server, renewal_of_order_id=A)


async def _list(server: Server, query: str) -> Any:
    response = await server.digicert("GET", f"{PATH}?{query}")
    assert response.status_code == 200, response.text
    return response.json()


async def test_filters_and_sorts(each_server: Server) -> None:
    server = each_server
    await _write_book(server)
    found = {query: [row["id"] for row in (await _list(server, query))["orders"]] for query in FILTERS}
    assert found == FILTERS


async def test_serial_number_filter_takes_any_spelling(server: Server) -> None:
    await _write_book(server)
    serial_number = (await _list(server, "filters[status]=issued&sort=id"))["orders"][0]["certificate"][
        "serial_number"
    ]
    with_colons = ":".join(serial_number[i : i + 2] for i in range(0, len(serial_number), 2))
    for spelling in (serial_number, serial_number.lower(), f"00{serial_number}", with_colons):
        page = await _list(server, f"filters[serial_number]={spelling}&limit=1")
        assert [row["id"] for row in page["orders"]] == [A]


async def test_total_is_exact_on_every_page(server: Server) -> None:
    """JupiterOne asks for pages until the offset equals the total, and would never end otherwise."""
    for number in range(5):
        await place(server, f"shop{number}.example.com")
    seen: list[int] = []
    total = -1
    while len(seen) != total:
        page = await _list(server, f"limit=2&offset={len(seen)}&filters[common_name]=%25shop")
        total = page["page"]["total"]
        assert page["page"] == {"total": 5, "limit": 2, "offset": len(seen)}
        seen += [row["id"] for row in page["orders"]]
    assert seen == [ORDER + 4, ORDER + 3, ORDER + 2, ORDER + 1, ORDER]
    assert (await _list(server, "offset=5"))["page"] == {"total": 5, "limit": 1000, "offset": 5}
    assert (await _list(server, "limit=100000"))["page"] == {"total": 5, "limit": 1000, "offset": 0}


async def test_expired_orders_are_found_as_issued(server: Server) -> None:
    await issue(server)
    server.clock.advance(timedelta(days=200))
    await server.work()
    rows = (await _list(server, "filters[status]=issued"))["orders"]
    assert [(row["status"], row["certificate"]["days_remaining"]) for row in rows] == [("expired", 0)]
    assert len((await _list(server, "filters[status]=expired"))["orders"]) == 1


async def test_order_is_found_by_serial_number_and_thumbprint_in_any_case(server: Server) -> None:
    await issue(server)
    by_id = (await server.digicert("GET", f"{PATH}/{ORDER}")).json()
    certificate = by_id["certificate"]
    keys = [certificate["serial_number"], f"00{certificate['serial_number']}", certificate["thumbprint"]]
    for key in (*keys, *(key.lower() for key in keys)):
        response = await server.digicert("GET", f"{PATH}/{key}")
        assert response.json() == by_id
        foreign = await server.digicert("GET", f"{PATH}/{key}", account=server.other)
        assert foreign.status_code == 404
        assert foreign.json()["errors"][0]["code"] == "not_found|order"


@pytest.mark.parametrize(
    "key", ["0", "-1", "1e3", "%F0%9F%A6%86", "%00", "F" * 40, "F" * 32, "a b", "' OR 1=1", "%D9%A1"]
)
async def test_what_is_no_order_is_not_found(server: Server, key: str) -> None:
    await issue(server)
    response = await server.digicert("GET", f"{PATH}/{key}")
    assert response.status_code == 404, response.text
    assert response.json()["errors"][0]["code"] == "not_found|order"


async def test_price_counts_years_and_names(server: Server) -> None:
    placed = await place(
        server, NAME, dns_names=("www.shop.example.com", "example.org"), order_validity={"years": 2}
    )
    product = server.program.use.catalogue.get_by_name_id("ssl_dv_geotrust_flex")
    row = (await _list(server, f"filters[id]={placed['id']}"))["orders"][0]
    # www.shop.example.com comes free with shop.example.com.
    assert row["price"] == 2 * (product.price.base + product.price.name)
    assert row["is_multi_year_plan"] == "1"
