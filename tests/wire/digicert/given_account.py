"""States of domains, webhooks and accounts from which golden pairs start; the first domain of a server is 1."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.support.server import csr_for
from tests.wire.digicert.given import API, NAME, ORDER, add_organization, issue

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

DOMAIN = "example.com"


async def add_domain(
    server: Server, name: str = DOMAIN, *, account: NewAccount | None = None, **changes: Any
) -> Any:
    """Add a domain and return the answer."""
    body = {"name": name, "validations": [{"type": "ov"}], "dcv_method": "dns-txt-token", **changes}
    answer = await server.digicert("POST", f"{API}/domain", account=account, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _a_domain(server: Server) -> None:
    organization = await add_organization(server)
    await add_domain(server, organization={"id": organization.id})


async def _a_domain_by_file(server: Server) -> None:
    await add_domain(server, "www.example.com", dcv_method="http-token")


async def _a_domain_by_cname(server: Server) -> None:
    await add_domain(server, dcv_method="dns-cname-token")


async def _a_domain_by_email(server: Server) -> None:
    await add_domain(server, dcv_method="email")


async def _a_domain_with_its_record_published(server: Server) -> None:
    added = await add_domain(server)
    await server.prove(DOMAIN, added["dcv_token"]["token"])


async def _a_proved_domain(server: Server) -> None:
    organization = await add_organization(server)
    added = await add_domain(
        server, organization={"id": organization.id}, validations=[{"type": "ov"}, {"type": "ev"}]
    )
    await server.prove(DOMAIN, added["dcv_token"]["token"])
    await server.work()


async def _domains(server: Server) -> None:
    await add_domain(server, "example.org")
    await add_domain(server, "shop.example.net", dcv_method="http-token")
    await add_domain(server, DOMAIN, validations=[{"type": "ev"}])
    answer = await server.digicert("PUT", f"{API}/domain/2/deactivate")
    assert answer.status_code == 204, answer.text


async def _a_domain_of_another_account(server: Server) -> None:
    await add_domain(server, account=server.other)


async def _a_name_proved_by_an_order(server: Server) -> None:
    await issue(server, DOMAIN)


async def _a_webhook(server: Server) -> None:
    body = {"endpoint": "https://hooks.example.com/certwright", "secret": "s" * 32}
    answer = await server.digicert("POST", f"{API}/webhook", json=body)
    assert answer.status_code == 201, answer.text


async def _a_webhook_that_was_challenged(server: Server) -> None:
    await _a_webhook(server)
    answer = await server.digicert("PUT", f"{API}/webhook/1/send-challenge")
    assert answer.status_code == 400, answer.text


async def _an_account_with_money_and_a_limit(server: Server) -> None:
    billing, account_id = server.program.use.billing, server.account.account.id
    await billing.top_up(account_id, Decimal("120.50"))
    await billing.set_credit_limit(account_id, Decimal(1000))


async def _an_organization_with_its_contact(server: Server) -> None:
    body = {
        "name": "Example Org",
        "address": "1 Jalan Example",
        "city": "Kuala Lumpur",
        "state": "Wilayah Persekutuan",
        "zip": "50450",
        "country": "my",
        "telephone": "+60 3 1234 5678",
        "organization_contact": {
            "first_name": "Siti",
            "last_name": "Aminah",
            "email": "siti@example.com",
            "telephone": "+60 3 1234 5679",
            "job_title": "Head of IT",
        },
    }
    answer = await server.digicert("POST", f"{API}/organization", json=body)
    assert answer.status_code == 201, answer.text


async def _a_reissue_that_was_given_back(server: Server) -> None:
    await issue(server)
    path = f"{API}/order/certificate/{ORDER}"
    body = {"common_name": NAME, "dns_names": ["www.example.org"], "csr": csr_for(NAME)}
    asked = await server.digicert("POST", f"{path}/reissue", json={"certificate": body})
    assert asked.status_code == 201, asked.text
    deleted = await server.digicert("DELETE", path)
    assert deleted.status_code == 204, deleted.text
    await server.work()


async def _an_inactive_organization(server: Server) -> None:
    await add_organization(server)
    answer = await server.digicert("PUT", f"{API}/organization/1/deactivate")
    assert answer.status_code == 204, answer.text


ACCOUNT_GIVEN: dict[str, Callable[[Server], Awaitable[None]]] = {
    "a domain": _a_domain,
    "a domain by file": _a_domain_by_file,
    "a domain by CNAME": _a_domain_by_cname,
    "a domain by e-mail": _a_domain_by_email,
    "a domain with its record published": _a_domain_with_its_record_published,
    "a proved domain": _a_proved_domain,
    "domains": _domains,
    "a domain of another account": _a_domain_of_another_account,
    "a name proved by an order": _a_name_proved_by_an_order,
    "an account with money and a limit": _an_account_with_money_and_a_limit,
    "an organization with its contact": _an_organization_with_its_contact,
    "a reissue that was given back": _a_reissue_that_was_given_back,
    "an inactive organization": _an_inactive_organization,
    "a webhook": _a_webhook,
    "a webhook that was challenged": _a_webhook_that_was_challenged,
}
