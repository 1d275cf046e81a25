"""The steps of an account's life, each taken in one dialect, with what the status machine says will come of it.

What one dialect refuses the other is asked for, too, and has to refuse: neither may do more than the table allows. A step
that is refused leaves the order as it was.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, Literal

from certwright.domain.account import ApprovalPolicy, KeyKind, Role
from certwright.domain.approval import WAITING, RequestKind, RequestStatus
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import IssuanceRefused, Unavailable
from certwright.domain.ids import OrganizationId
from certwright.domain.product import ValidationLevel
from certwright.domain.status import AWAITING_PROOF, Action, OrderStatus
from tests.support.orders import fault_ca
from tests.support.server import csr_for
from tests.wire.digicert.given import add_organization
from tests.wire.one_book.book import DIGICERT, WEBNIC, Entry, Hearing, read_book
from tests.wire.webnic.given import create_contacts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    import httpx2

    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.product import Product
    from certwright.services.accounts import NewAccount
    from tests.support.server import Server

Dialect = Literal["webnic", "digicert"]
CA = Literal["answers", "is away", "refuses"]

ORDERS = f"{DIGICERT}/order/certificate"
# By WebNIC's name and DigiCert's, how many names it takes, and whether it asks for an organization.
PRODUCTS = (
    ("positivessl", "positivessl", 1, False),
    ("positivessl-multi-domain", "positivessl_multi_domain", 2, False),
    ("ssl_basic", "ssl_basic", 2, True),
)
NAMES = ("a.example.com", "b.example.com", "example.org", "www.example.net", "shop.example.info")
METHODS = {
    DCVMethod.DNS_TXT: ("dns", "dns-txt-token"),
    DCVMethod.WEBSITE: ("file", "http-token"),
}
WAITS_FOR_PROOF = AWAITING_PROOF | {
    OrderStatus.NEEDS_APPROVAL,
    OrderStatus.NEEDS_CSR,
    OrderStatus.REISSUE_PENDING,
}
FILE = "/.well-known/pki-validation/fileauth.txt"


class Walk:
    """An account on a running server, and what can be done in it; ``order`` arguments count the orders from 0."""

    def __init__(self, server: Server, account: NewAccount) -> None:
        self.server = server
        self.account = account
        self.organization_id = OrganizationId(0)
        self.keys = [account.digicert]
        self.ca: CA = "answers"

    @classmethod
    async def begin(cls, server: Server, policy: ApprovalPolicy) -> Walk:
        """Make an account with contacts, an organization that nobody has validated, and two approvers."""
        accounts = server.program.use.accounts
        walk = cls(server, await accounts.create("Walker", approval=policy))
        await create_contacts(server, walk.account)
        walk.organization_id = (await add_organization(server, level=None, account=walk.account)).id
        account_id = walk.account.account.id
        walk.keys.append(await accounts.create_key(account_id, KeyKind.DIGICERT, "second", Role.MANAGER))
        fault_ca(server, before=walk._ask_ca)
        return walk

    async def _ask_ca(self) -> None:
        match self.ca:
            case "answers":
                pass
            case "is away":
                raise Unavailable("The CA does not answer")
            case "refuses":
                raise IssuanceRefused("The CA does not like it")

    async def check(self) -> None:
        """Hold all that both dialects say against the book."""
        found = await Hearing(self.server, self.account).ask()
        assert not found, "\n".join(found)

    async def entries(self) -> list[Entry]:
        return list((await read_book(self.server, self.account)).values())

    async def count(self) -> int:
        return len(await self.entries())

    async def entry(self, index: int) -> Entry:
        found = await self.entries()
        return found[index % len(found)]

    async def _digicert(self, method: str, path: str, body: Any = None, *, key: int = 0) -> httpx2.Response:
        headers = {"x-dc-devkey": self.keys[key].secret.reveal()}
        return await self.server.http.request(method, path, headers=headers, json=body)

    async def _webnic(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        return await self.server.webnic(method, WEBNIC + path, account=self.account, json=body)

    # -- placing and renewing ---------------------------------------------------------------------

    async def place(
        self,
        dialect: Dialect,
        product: int,
        names: tuple[str, ...],
        method: DCVMethod,
        *,
        with_csr: bool = True,
        skip_approval: bool = False,
        days: int | None = None,
    ) -> None:
        """Place an order that fits its product; only DigiCert's form can leave the CSR out, or skip approval."""
        key, name_id, most, needs_organization = PRODUCTS[product]
        names = tuple(dict.fromkeys(names))[:most]
        before = len(await self.entries())
        organization_id = self.organization_id if needs_organization else None
        if dialect == "webnic":
            answer = await self._webnic(
                "POST",
                "/new",
                {
                    "productKey": key,
                    "term": 1,
                    "csr": csr_for(names[0]),
                    "administratorContactId": "WNC1",
                    "authType": METHODS[method][0],
                    "sanfield": list(names[1:]),
                    "organizationId": organization_id,
                },
            )
            with_csr, skip_approval = True, False
        else:
            answer = await self._digicert(
                "POST",
                f"{ORDERS}/{name_id}",
                {
                    "certificate": {
                        "common_name": names[0],
                        "dns_names": names,
                        "csr": csr_for(names[0]) if with_csr else None,
                    },
                    "order_validity": {"days": days} if days else {"years": 1},
                    "dcv_method": METHODS[method][1],
                    "organization": {"id": organization_id or 0},
                    "skip_approval": skip_approval,
                },
            )
        assert answer.status_code in {200, 201}, answer.text
        found = await self.entries()
        assert len(found) == before + 1
        waits = self.account.account.approval is not ApprovalPolicy.NONE and not skip_approval
        if waits:
            assert found[-1].order.status is OrderStatus.NEEDS_APPROVAL
        elif not with_csr:
            assert found[-1].order.status is OrderStatus.NEEDS_CSR

    async def renew(self, dialect: Dialect, order: int) -> None:
        """Renew an order in its own product, for its own names."""
        entry = await self.entry(order)
        expected = entry.can_renew(self.server.clock.now())

        async def ask(dialect: Dialect) -> httpx2.Response:
            if dialect == "webnic":
                return await self._webnic("POST", f"/{_wide(entry)}/renew", {"term": 1})
            names = [name.identifier.name for name in entry.order.names]
            return await self._digicert(
                "POST",
                f"{ORDERS}/{self._product(entry).name_id}",
                {
                    "certificate": {"common_name": names[0], "dns_names": names, "csr": csr_for(names[0])},
                    "order_validity": {"years": 1},
                    "organization": {"id": entry.order.organization_id or 0},
                    "renewal_of_order_id": entry.order.id,
                },
            )

        await self._either(dialect, entry, ask, expected=expected)

    # -- approving --------------------------------------------------------------------------------

    async def decide(self, index: int, word: Literal["approved", "rejected"], key: int) -> None:
        """Decide a request of any kind, which may have been decided before; two steps take two people."""
        requests = [(entry, each) for entry in await self.entries() for each in entry.requests]
        entry, request = requests[index % len(requests)]
        path = f"{DIGICERT}/request/{request.id}/status"
        answer = await self._digicert("PUT", path, {"status": word}, key=key)
        expected = self._decision(entry, request, word, key)
        assert answer.status_code == expected, (request, answer.text)

    def _decision(self, entry: Entry, request: ApprovalRequest, word: str, key: int) -> int:
        if request.status not in WAITING:
            return 204 if word == request.status.value else 400
        if word == "rejected":
            return 204
        if request.reviewer == self.keys[key].key.id:
            return 403
        if request.kind is RequestKind.REVOKE and request.status is RequestStatus.PENDING:
            named = [each for each in entry.certificates if each.id == request.certificate_id]
            return 204 if entry.can_revoke(*named) else 400
        return 204

    async def approve_organization(self) -> None:
        """Let the operator find the organization to be what it says."""
        organizations = self.server.program.use.organizations
        await organizations.approve(self.organization_id, ValidationLevel.OV)

    # -- proving control --------------------------------------------------------------------------

    async def supply_csr(self, order: int) -> None:
        entry = await self.entry(order)
        path = f"{ORDERS}/{entry.order.id}/csr"
        answer = await self._digicert("POST", path, {"csr": csr_for(entry.order.common_name.name)})
        await self._settled(entry, answer, expected=entry.allows(Action.SUPPLY_CSR))

    async def publish(self, order: int, most: int | None = None) -> None:
        """Publish what the first names of an order, or all of them, are to be proved by."""
        entry = await self.entry(order)
        for name in entry.order.names[:most]:
            fqdn, value = name.identifier.fqdn, entry.order.random_value
            if name.method is DCVMethod.WEBSITE:
                self.server.dns.publish(fqdn, "A", self.server.web.host)
                self.server.web.publish(fqdn, FILE, value)
            else:
                await self.server.prove(fqdn, value)

    async def prove(self, dialect: Dialect, order: int) -> None:
        """Publish what all names are to be proved by, and look."""
        await self.publish(order)
        await self.look(dialect, order)

    async def carry_on(self, dialect: Dialect, order: int) -> None:
        """Do whatever an order waits for, until the CA has it."""
        entry = await self.entry(order)
        waiting = [each for each in entry.requests if each.status in WAITING]
        for request, key in itertools.product(waiting, range(len(self.keys))):
            path = f"{DIGICERT}/request/{request.id}/status"
            await self._digicert("PUT", path, {"status": "approved"}, key=key)
        if (await self.entry(order)).order.status is OrderStatus.NEEDS_CSR:
            await self.supply_csr(order)
        await self.prove(dialect, order)

    async def look(self, dialect: Dialect, order: int) -> None:
        """Look for the proofs now; what the answer says of the order is what the book says."""
        entry = await self.entry(order)
        if dialect == "webnic":
            answer = await self._webnic("GET", f"/{_wide(entry)}/dcv-status")
        else:
            answer = await self._digicert("PUT", f"{ORDERS}/{entry.order.id}/check-dcv")
        after = await self.entry(order)
        if dialect == "webnic":
            assert answer.status_code == 200, answer.text
            told = answer.json()["data"]
            assert (told["orderStatus"], told["certStatus"]) == after.words[:2]
        elif answer.status_code == 200:
            assert answer.json()["order_status"] == after.words.digicert
        else:
            assert "file_random_value_not_found" in answer.text
            assert entry.order.method is DCVMethod.WEBSITE
        if not entry.allows(Action.SUBMIT, Action.ISSUE):
            assert after.order == entry.order

    async def change_method(self, dialect: Dialect, order: int, method: DCVMethod) -> None:
        entry = await self.entry(order)
        webnic, digicert = METHODS[method]

        async def ask(dialect: Dialect) -> httpx2.Response:
            if dialect == "webnic":
                return await self._webnic("PUT", f"/{_wide(entry)}/auth", {"authType": webnic})
            path = f"{ORDERS}/{entry.order.id}/dcv-method"
            return await self._digicert("PUT", path, {"dcv_method": digicert})

        await self._either(dialect, entry, ask, expected=entry.order.status in WAITS_FOR_PROOF)

    # -- what comes later -------------------------------------------------------------------------

    async def cancel(self, dialect: Dialect, order: int) -> None:
        """Cancel an order or a reissue; to cancel a canceled order again is no error."""
        entry = await self.entry(order)
        is_canceled = entry.order.status in {OrderStatus.CANCELED, OrderStatus.REFUNDED}

        async def ask(dialect: Dialect) -> httpx2.Response:
            if dialect == "webnic":
                return await self._webnic("POST", f"/{_wide(entry)}/cancel")
            body = {"status": "CANCELED", "note": "Not wanted"}
            return await self._digicert("PUT", f"{ORDERS}/{entry.order.id}/status", body)

        await self._either(dialect, entry, ask, expected=entry.can_cancel() or is_canceled)

    async def reissue(self, dialect: Dialect, order: int, other: str | None) -> None:
        """Reissue an order's certificate; ``other`` is to be its second name, if its product takes one."""
        entry = await self.entry(order)
        names = [entry.order.common_name.name]
        if other and other not in names and self._product(entry).allow_names:
            names.append(other)

        async def ask(dialect: Dialect) -> httpx2.Response:
            csr = csr_for(names[0])
            if dialect == "webnic":
                body: Any = {"csr": csr, "sanfield": names[1:]}
                return await self._webnic("POST", f"/{_wide(entry)}/reissue", body)
            body = {"certificate": {"common_name": names[0], "dns_names": names, "csr": csr}}
            return await self._digicert("POST", f"{ORDERS}/{entry.order.id}/reissue", body)

        expected = entry.can_have_another(Action.REISSUE, self.server.clock.now())
        await self._either(dialect, entry, ask, expected=expected)

    async def duplicate(self, order: int, *, skip_approval: bool) -> None:
        entry = await self.entry(order)
        body = {
            "certificate": {"csr": csr_for(entry.order.common_name.name)},
            "skip_approval": skip_approval,
        }
        answer = await self._digicert("POST", f"{ORDERS}/{entry.order.id}/duplicate", body)
        expected = entry.can_have_another(Action.ISSUE_DUPLICATE, self.server.clock.now())
        await self._settled(entry, answer, expected=expected)

    async def revoke_order(self, order: int, *, skip_approval: bool) -> None:
        entry = await self.entry(order)
        path = f"{ORDERS}/{entry.order.id}/revoke"
        answer = await self._digicert("PUT", path, {"skip_approval": skip_approval})
        await self._settled(entry, answer, expected=entry.can_revoke())

    async def revoke_certificate(self, index: int, *, skip_approval: bool) -> None:
        """Revoke any certificate of the account, issued or not."""
        found = [(entry, each) for entry in await self.entries() for each in entry.certificates]
        entry, certificate = found[index % len(found)]
        path = f"{DIGICERT}/certificate/{certificate.id}/revoke"
        answer = await self._digicert("PUT", path, {"skip_approval": skip_approval})
        await self._settled(entry, answer, expected=entry.can_revoke(certificate))

    async def change_ca(self, ca: CA) -> None:
        """Let the CA behave in another way from now on."""
        self.ca = ca

    async def wait(self, span: timedelta) -> None:
        """Let time pass, and the worker do what has come due."""
        self.server.clock.advance(span)
        await self.server.work()

    # ---------------------------------------------------------------------------------------------

    def _product(self, entry: Entry) -> Product:
        return self.server.program.use.catalogue.get(entry.order.product_key)

    async def _either(
        self,
        dialect: Dialect,
        entry: Entry,
        ask: Callable[[Dialect], Awaitable[httpx2.Response]],
        *,
        expected: bool,
    ) -> None:
        """Ask in one dialect, and if that refuses in the other one too."""
        await self._settled(entry, await ask(dialect), expected=expected)
        if not expected:
            other: Dialect = "digicert" if dialect == "webnic" else "webnic"
            await self._settled(entry, await ask(other), expected=False)

    async def _settled(self, entry: Entry, answer: httpx2.Response, *, expected: bool) -> None:
        """Check that a step was taken, or refused and nothing touched."""
        told = (entry.order.status, answer.status_code, answer.text)
        if expected:
            assert answer.is_success, told
        else:
            assert answer.status_code == 400, told
            assert (await self._stored(entry.order.id)).order == entry.order, told

    async def _stored(self, order_id: int) -> Entry:
        return (await read_book(self.server, self.account))[order_id]


def _wide(entry: Entry) -> int:
    """Return an order's number as WebNIC's clients know it."""
    return 2_000_000_000 + entry.order.id
