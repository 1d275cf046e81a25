"""Orders placed through the use cases of a running server, and doubles for what must fail on demand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from certwright.domain.csr import CSR, CSRSubject, KeySpec, make_csr, parse_csr
from certwright.domain.dcv import CAAResult, DCVMethod, ProbeResult
from certwright.domain.identifier import Identifier
from certwright.domain.order import OrderedName
from certwright.domain.organization import Address
from certwright.services.new_order import NewOrder
from certwright.services.organizations import NewOrganization

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from certwright.domain.certificate import IssuanceRequest, IssuedCertificate
    from certwright.domain.dcv import Probe
    from certwright.domain.ids import AuthorityId
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.services.order_view import OrderView
    from certwright.services.ports import CABackend
    from tests.support.server import Server

NAME = "www.example.com"


def new_csr(common_name: str = NAME) -> CSR:
    return parse_csr(make_csr(CSRSubject(common_name=common_name), (common_name,), KeySpec.P256).csr_pem)


def ordered(
    *names: str, method: DCVMethod = DCVMethod.DNS_TXT, approver: str | None = None
) -> tuple[OrderedName, ...]:
    return tuple(
        OrderedName(identifier=Identifier(name), method=method, approver_email=approver) for name in names
    )


def new_order(
    server: Server, *names: str, product: str = "positivessl-multi-domain", **changes: Any
) -> NewOrder:
    values: dict[str, Any] = {
        "product": server.program.use.catalogue.get(product),
        "names": ordered(*(names or (NAME,))),
        "term_years": 1,
        "csr": new_csr(),
    }
    return NewOrder(**{**values, **changes})


async def place(server: Server, *names: str, at_once: bool = False, **changes: Any) -> OrderView:
    """Place an order as the account's administrator."""
    new = new_order(server, *names, **changes)
    return await server.program.use.ordering.place(await server.caller(), new, at_once=at_once)


async def show(server: Server, order: Order) -> OrderView:
    return await server.program.use.ordering.show(await server.caller(), order.id)


async def issue(server: Server, *names: str, **changes: Any) -> OrderView:
    """Place an order, prove its names in DNS and have it issued."""
    view = await place(server, *names, **changes)
    for name in view.order.names:
        await server.prove(name.identifier.fqdn, view.order.random_value)
    await server.work()
    return await show(server, view.order)


async def organization(server: Server, registration_number: str = "") -> Organization:
    address = Address(
        line1="1 Jalan Besar", city="Petaling Jaya", state="Selangor", postal_code="46000", country="MY"
    )
    new = NewOrganization(
        name="Example Sdn. Bhd.",
        address=address,
        phone="+60.312345678",
        registration_number=registration_number,
    )
    return await server.program.use.organizations.create(server.account.account.id, new)


@dataclass
class FaultyCA:
    """A CA back end that does what ``before`` or ``after`` says around the real one's answer."""

    real: CABackend
    before: Callable[[], Awaitable[None]] | None = None
    after: Callable[[], Awaitable[None]] | None = None
    asked: list[IssuanceRequest] = field(default_factory=list)

    async def issue(self, request: IssuanceRequest) -> IssuedCertificate:
        self.asked.append(request)
        if self.before is not None:
            await self.before()
        issued = await self.real.issue(request)
        if self.after is not None:
            await self.after()
        return issued

    def chain(self, authority_id: AuthorityId) -> tuple[bytes, ...]:
        return self.real.chain(authority_id)

    def authority_ids(self) -> tuple[AuthorityId, ...]:
        return self.real.authority_ids()

    def is_ready(self) -> bool:
        return self.real.is_ready()


@dataclass
class ScriptedProbe:
    """A probe that finds the domains in ``proved`` and, while it looks, does what ``meanwhile`` says."""

    proved: set[str] = field(default_factory=set)
    meanwhile: Callable[[], Awaitable[None]] | None = None
    asked: list[Probe] = field(default_factory=list)

    async def look(self, probe: Probe) -> ProbeResult:
        self.asked.append(probe)
        if self.meanwhile is not None:
            await self.meanwhile()
        found = next((domain for domain in probe.candidates if domain in self.proved), None)
        if found is not None:
            return ProbeResult(proved_domain=found)
        return ProbeResult(reason="nothing there", next_step="publish it")


@dataclass
class ScriptedCAA:
    """A CAA check that forbids what ``forbidden`` lists."""

    forbidden: set[str] = field(default_factory=set)

    async def check(self, identifier: Identifier, *, method: DCVMethod) -> CAAResult:
        if identifier.name in self.forbidden:
            return CAAResult(allowed=False, reason=f"CAA of {identifier} names another CA")
        return CAAResult(allowed=True)


def fault_ca(
    server: Server,
    *,
    before: Callable[[], Awaitable[None]] | None = None,
    after: Callable[[], Awaitable[None]] | None = None,
) -> FaultyCA:
    """Put a faulty CA before the server's own."""
    issuance = server.program.issuance
    issuance._ca = double = FaultyCA(issuance._ca, before=before, after=after)
    return double


def script_probe(server: Server, *proved: str) -> ScriptedProbe:
    """Let a script answer instead of the network."""
    validating = server.program.issuance._readiness._validating
    validating._probe = double = ScriptedProbe(set(proved))
    return double


def script_caa(server: Server, *forbidden: str) -> ScriptedCAA:
    """Let a script answer for CAA."""
    issuance = server.program.issuance
    issuance._readiness._caa = double = ScriptedCAA(set(forbidden))
    return double
