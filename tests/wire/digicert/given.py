"""States from which golden pairs start; made through the API itself, so that ids are those of a fresh server.

The first order of a server is 100001 and its certificate 500001; accounts are 1 and 2, the first organization is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from certwright.domain.account import ApprovalPolicy, KeyKind, KeyRestriction, Role
from certwright.domain.organization import Address
from certwright.domain.product import ValidationLevel
from certwright.services.organizations import NewOrganization
from tests.support.server import csr_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.organization import Organization
    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

API = "/services/v2"
ORDER = 100001
CERTIFICATE = 500001
NAME = "shop.example.com"


async def place(
    server: Server,
    common_name: str = NAME,
    *,
    product: str = "ssl_dv_geotrust_flex",
    account: NewAccount | None = None,
    with_csr: bool = True,
    dns_names: tuple[str, ...] = (),
    server_platform: object = None,
    **changes: Any,
) -> Any:
    """Place an order and return the answer."""
    certificate: dict[str, Any] = {"common_name": common_name, "dns_names": list(dns_names)}
    if server_platform is not None:
        certificate["server_platform"] = server_platform
    if with_csr:
        certificate["csr"] = csr_for(common_name)
    body = {
        "certificate": certificate,
        "order_validity": {"years": 1},
        "dcv_method": "dns-txt-token",
        **changes,
    }
    answer = await server.digicert("POST", f"{API}/order/certificate/{product}", account=account, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def issue(server: Server, common_name: str = NAME, **changes: Any) -> Any:
    """Place an order, prove its common name and let the worker do the rest."""
    placed = await place(server, common_name, **changes)
    if "dcv_random_value" in placed:
        await server.prove(common_name.removeprefix("*."), placed["dcv_random_value"])
    await server.work()
    return placed


async def add_organization(
    server: Server, *, level: ValidationLevel | None = ValidationLevel.OV, account: NewAccount | None = None
) -> Organization:
    """Make an organization, validated for a level."""
    organizations = server.program.use.organizations
    address = Address(
        line1="1 Jalan Example",
        city="Kuala Lumpur",
        state="Wilayah Persekutuan",
        postal_code="50450",
        country="MY",
    )
    new = NewOrganization(name="Example Org", address=address, phone="+60 3 1234 5678")
    organization = await organizations.create((account or server.account).account.id, new)
    if level is not None:
        await organizations.approve(organization.id, level)
    return organization


async def use_approvals(server: Server, policy: ApprovalPolicy = ApprovalPolicy.ONE_STEP) -> None:
    """Go on with an account in which somebody has to agree to orders."""
    server.account = await server.program.use.accounts.create("Careful account", approval=policy)


async def standard_key(server: Server) -> str:
    """Make a key that is no administrator's."""
    return await make_key(server, Role.STANDARD)


async def make_key(
    server: Server, role: Role, restriction: KeyRestriction = KeyRestriction.NONE, name: str = "clerk"
) -> str:
    """Make a key of the account."""
    accounts = server.program.use.accounts
    account_id = server.account.account.id
    new = await accounts.create_key(account_id, KeyKind.DIGICERT, name, role, restriction=restriction)
    return new.secret.reveal()


async def _nothing(server: Server) -> None:
    """Leave a fresh server as it is."""


async def _an_order(server: Server) -> None:
    await place(server, dns_names=("www.shop.example.com",))


async def _an_order_by_file(server: Server) -> None:
    await place(server, dcv_method="http-token")


async def _an_order_by_email(server: Server) -> None:
    await place(server, dcv_method="email")


async def _an_order_for_a_wildcard(server: Server) -> None:
    await place(server, "*.example.com", product="wildcard_dv_rapidssl")


async def _an_order_without_csr(server: Server) -> None:
    await place(server, with_csr=False)


async def _an_order_with_its_record_published(server: Server) -> None:
    placed = await place(server)
    await server.prove(NAME, placed["dcv_random_value"])


async def _an_order_with_one_name_proved(server: Server) -> None:
    placed = await place(server, dns_names=("example.org",))
    await server.prove(NAME, placed["dcv_random_value"])


async def _an_issued_order(server: Server) -> None:
    await issue(server)


async def _an_issued_order_for_nginx(server: Server) -> None:
    await issue(server, server_platform={"id": 45})


async def _an_issued_ov_order(server: Server) -> None:
    organization = await add_organization(server)
    await issue(server, product="ssl_plus", organization={"id": organization.id})


async def _an_issued_order_that_ends_soon(server: Server) -> None:
    await issue(server, order_validity={"days": 90})


async def _a_renewed_order(server: Server) -> None:
    await issue(server, order_validity={"days": 90})
    await place(server, renewal_of_order_id=ORDER)


async def _a_canceled_order(server: Server) -> None:
    await place(server)
    body = {"status": "canceled", "note": "Not wanted"}
    answer = await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/status", json=body)
    assert answer.status_code == 204, answer.text


async def _a_revoked_order(server: Server) -> None:
    await issue(server)
    body = {"skip_approval": True}
    answer = await server.digicert("PUT", f"{API}/order/certificate/{ORDER}/revoke", json=body)
    assert answer.status_code == 204, answer.text


async def _an_organization(server: Server) -> None:
    await add_organization(server)


async def _an_organization_of_another_account(server: Server) -> None:
    await add_organization(server, account=server.other)


async def _approvals(server: Server) -> None:
    await use_approvals(server)


async def _a_renewal_to_approve(server: Server) -> None:
    await use_approvals(server)
    await issue(server, order_validity={"days": 45}, skip_approval=True)
    await place(server, renewal_of_order_id=ORDER)


async def _an_order_with_foreign_caa(server: Server) -> None:
    server.dns.publish("www.shop.example.com", "CAA", '0 issue "another.example"')
    await _an_order(server)


async def _two_step_approvals(server: Server) -> None:
    await use_approvals(server, ApprovalPolicy.TWO_STEP)


async def _an_order_to_approve(server: Server) -> None:
    await use_approvals(server)
    await place(server, comments="For the shop")


async def _an_issued_order_with_approvals(server: Server) -> None:
    await use_approvals(server)
    await issue(server, skip_approval=True)


async def _an_order_of_another_account(server: Server) -> None:
    await place(server, account=server.other)


async def _a_reissued_order(server: Server) -> None:
    await issue(server)
    await _post(server, "reissue", {"certificate": {"csr": csr_for(NAME)}})


async def _an_order_with_a_reissue_under_way(server: Server) -> None:
    await issue(server)
    certificate = {"common_name": NAME, "dns_names": ["www.example.org"], "csr": csr_for(NAME)}
    await _post(server, "reissue", {"certificate": certificate})


async def _an_order_with_a_duplicate(server: Server) -> None:
    await issue(server)
    await _post(server, "duplicate", {"certificate": {"csr": csr_for(NAME)}})


async def _an_order_with_a_note(server: Server) -> None:
    await place(server)
    await _post(server, "note", {"text": "Ask Siti"})


async def _a_custom_field(server: Server) -> None:
    await place(server)
    body = {"label": "Hosts", "data_type": "int", "description": "How many"}
    answer = await server.digicert("POST", f"{API}/account/metadata", json=body)
    assert answer.status_code == 201, answer.text


async def _an_order_with_a_number_of_its_own(server: Server) -> None:
    await place(server, alternative_order_id="PO-1")


async def _strict_approvals(server: Server) -> None:
    server.account = await server.program.use.accounts.create(
        "Strict account", approval=ApprovalPolicy.ONE_STEP, self_approval=False
    )
    await place(server)


async def _post(server: Server, what: str, body: object) -> None:
    answer = await server.digicert("POST", f"{API}/order/certificate/{ORDER}/{what}", json=body)
    assert answer.status_code == 201, answer.text


GIVEN: dict[str, Callable[[Server], Awaitable[None]]] = {
    "nothing": _nothing,
    "an order": _an_order,
    "an order by file": _an_order_by_file,
    "an order by e-mail": _an_order_by_email,
    "an order for a wildcard": _an_order_for_a_wildcard,
    "an order without CSR": _an_order_without_csr,
    "an order with its record published": _an_order_with_its_record_published,
    "an order with one name proved": _an_order_with_one_name_proved,
    "an issued order": _an_issued_order,
    "an issued order for nginx": _an_issued_order_for_nginx,
    "an issued OV order": _an_issued_ov_order,
    "an issued order that ends soon": _an_issued_order_that_ends_soon,
    "a renewed order": _a_renewed_order,
    "a reissued order": _a_reissued_order,
    "an order with a reissue under way": _an_order_with_a_reissue_under_way,
    "an order with a duplicate": _an_order_with_a_duplicate,
    "an order with a note": _an_order_with_a_note,
    "a custom field and an order": _a_custom_field,
    "an order with a number of its own": _an_order_with_a_number_of_its_own,
    "an order in an account without self-approval": _strict_approvals,
    "a canceled order": _a_canceled_order,
    "a revoked order": _a_revoked_order,
    "an organization": _an_organization,
    "an organization of another account": _an_organization_of_another_account,
    "approvals": _approvals,
    "a renewal to approve": _a_renewal_to_approve,
    "an order whose CAA names another CA": _an_order_with_foreign_caa,
    "two-step approvals": _two_step_approvals,
    "an order to approve": _an_order_to_approve,
    "an issued order in an account with approvals": _an_issued_order_with_approvals,
    "an order of another account": _an_order_of_another_account,
}
