"""Many orders placed together are judged, stored, charged and carried on as if each had been placed alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from certwright.domain.account import ApprovalPolicy
from certwright.domain.certificate import RevocationReason
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import CertwrightError
from certwright.domain.order import OrderDetails
from certwright.services import bulk_ordering
from certwright.services.bulk_ordering import PlacedOrder
from certwright.services.idempotency import IdempotencyKey
from certwright.services.new_order import NewOrder
from certwright.services.revocation import NewRevocation
from tests.support.catalogue import CATALOGUE
from tests.support.customers import PROVED_DOMAIN, new_customer, tell
from tests.support.orders import issue, new_csr, ordered

if TYPE_CHECKING:
    from tests.support.customers import Customer
    from tests.support.server import Server

GOOD_CSRS = [new_csr() for _ in range(3)]
COMPROMISED_CSR = new_csr()
TXT = (DCVMethod.DNS_TXT, None)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """An order without the customer's own numbers: things are named by their place among the customer's."""

    product: str = "positivessl-multi-domain"
    names: tuple[str, ...] = ("www.example.com",)
    method: tuple[DCVMethod, str | None] = TXT
    term: int = 1
    csr: Any = GOOD_CSRS[0]
    contact: int | None = None
    organization: int | None = None
    renews: int | None = None
    skips_approval: bool = False
    values: tuple[tuple[int, str], ...] = ()
    key: IdempotencyKey | None = None
    comments: str = ""

    def of(self, customer: Customer) -> NewOrder:
        """Write the order for a customer."""
        method, approver = self.method
        return NewOrder(
            product=CATALOGUE.get(self.product),
            names=ordered(*self.names, method=method, approver=approver),
            term_years=self.term,
            csr=self.csr,
            administrator_contact_id=_pick(customer.contacts, self.contact),
            organization_id=_pick(customer.organizations, self.organization),
            renewal_of_order_id=_pick(customer.renewable, self.renews),
            skip_approval=self.skips_approval,
            custom_values=tuple(GivenValue(customer.fields[index], value) for index, value in self.values),
            idempotency_key=self.key,
            details=OrderDetails(email="Ada@Example.com", comments=self.comments),
        )


def _pick(ids: tuple[Any, ...], index: int | None) -> Any:
    return None if index is None else ids[index]


KEYS = st.builds(IdempotencyKey, st.sampled_from(["k1", "k2"]), st.sampled_from([b"one", b"one", b"two"]))
GOOD = st.builds(
    Wish,
    product=st.sampled_from(["positivessl-multi-domain", "positivessl-multi-domain", "private_ssl_plus"]),
    names=st.lists(
        st.sampled_from(["a.example", "www.a.example", f"x.{PROVED_DOMAIN}", PROVED_DOMAIN]),
        min_size=1,
        max_size=3,
        unique=True,
    ).map(tuple),
    method=st.sampled_from([TXT, TXT, (DCVMethod.WEBSITE, None)]),
    term=st.integers(1, 2),
    csr=st.sampled_from([*GOOD_CSRS, None]),
    contact=st.sampled_from([None, 0, 1]),
    organization=st.sampled_from([None, 0, 1]),
    skips_approval=st.booleans(),
    values=st.sampled_from([(), ((0, "7"),), ((0, "7"), (0, "8"))]),
    key=st.none() | KEYS,
    comments=st.sampled_from(["", "B\u00fccher"]),
)
# What is put over a good order; some of it is good as well.
TWISTS: list[dict[str, Any]] = [
    {"product": "true-businessid", "organization": 0},
    {"product": "true-businessid", "organization": 1},
    {"product": "true-businessid-ev", "organization": 1},
    {"product": "true-businessid", "organization": None},
    {"product": "alphassl", "names": ("a.example", "b.example")},
    {"names": ("a.example", "*.a.example"), "method": TXT},
    {"names": ("*.a.example",), "method": (DCVMethod.WEBSITE, None)},
    {"names": ("a.example", "a.example")},
    {"names": ("a.example", "*.a.example"), "method": (DCVMethod.EMAIL, "admin@a.example")},
    {"names": ("b.example",), "method": (DCVMethod.EMAIL, "admin@a.example")},
    {"term": 9},
    {"csr": replace(GOOD_CSRS[0], signature_holds=False)},
    {"csr": COMPROMISED_CSR},
    *({"contact": index} for index in (2, 3, 4)),
    *({"organization": index} for index in (2, 3, 4)),
    *({"renews": index} for index in (0, 0, 0, 1, 2, 3)),
    {"renews": 0, "key": IdempotencyKey("k1", b"one")},
    *({"values": ((0, value),)} for value in ("x", "", "7\0")),
    {"values": ((1, "7"),)},
    *({"comments": text} for text in ("a\0b", "\ud800", "x" * 4001)),
]


def _twisted(wish: Wish, twist: dict[str, Any]) -> Wish:
    return replace(wish, **twist)


WISHES = st.builds(_twisted, GOOD, st.one_of(st.just(dict[str, Any]()), st.sampled_from(TWISTS)))
RENEWALS = [Wish(renews=0, term=2), Wish(renews=0), Wish(renews=0)]
KEYED = [
    Wish(key=IdempotencyKey("k1", b"one"), term=2),
    Wish(key=IdempotencyKey("k1", b"two")),
    Wish(key=IdempotencyKey("k1", b"two")),
    Wish(key=IdempotencyKey("k1", b"one")),
]


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    wishes=st.lists(WISHES, min_size=1, max_size=12),
    approval=st.sampled_from(ApprovalPolicy),
    limit=st.sampled_from([None, None, 0, 2000, 5600, 10_000]),
    part=st.sampled_from([1, 3, 500]),
)
@example(wishes=RENEWALS, approval=ApprovalPolicy.NONE, limit=2000, part=500)
@example(wishes=KEYED, approval=ApprovalPolicy.NONE, limit=2000, part=500)
@example(wishes=KEYED, approval=ApprovalPolicy.NONE, limit=None, part=500)
async def test_orders_placed_together_come_to_what_they_come_to_alone(
    each_server: Server, wishes: list[Wish], approval: ApprovalPolicy, limit: int | None, part: int
) -> None:
    server = each_server
    await _compromise(server)
    alone = await new_customer(server, approval=approval, credit_limit_cents=limit)
    together = await new_customer(server, approval=approval, credit_limit_cents=limit)
    assert await tell(server, alone) == await tell(server, together)

    one_by_one = [await _place(server, alone, wish) for wish in wishes]
    with patch.object(bulk_ordering, "_MOST_ORDERS", part):
        at_once = await server.program.use.bulk_ordering.place_many(
            together.caller, [wish.of(together) for wish in wishes]
        )
    assert _plain(at_once) == _plain(one_by_one)
    assert await tell(server, together) == await tell(server, alone)


async def _place(server: Server, customer: Customer, wish: Wish) -> PlacedOrder | CertwrightError:
    try:
        view = await server.program.use.ordering.place(customer.caller, wish.of(customer))
    except CertwrightError as refusal:
        return refusal
    return PlacedOrder(order_id=view.order.id, status=view.order.status)


def _plain(outcomes: list[PlacedOrder | CertwrightError]) -> list[tuple[Any, ...]]:
    ids = sorted({each.order_id for each in outcomes if isinstance(each, PlacedOrder)})
    return [
        (ids.index(each.order_id), each.status)
        if isinstance(each, PlacedOrder)
        else (type(each), each.message, each.faults, vars(each))
        for each in outcomes
    ]


async def _compromise(server: Server) -> None:
    """Have the compromised key revoked, once for a server."""
    async with server.program.store.reading() as work:
        if await work.certificates.find_compromised([COMPROMISED_CSR.key_hash]):
            return
    view = await issue(server, csr=COMPROMISED_CSR)
    await server.program.use.revocation.revoke(
        await server.caller(), NewRevocation(order_id=view.order.id, reason=RevocationReason.KEY_COMPROMISE)
    )
