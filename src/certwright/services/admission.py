"""Which orders of a batch may be placed: everything that the database has to say about them, asked for all at once.

Orders are judged in their turn as if each were placed alone: what an earlier one takes (funds, an idempotency key, the
order that it renews) is gone for the later ones, and what is refused takes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.errors import CertwrightError, Conflict, NotFound
from certwright.domain.ids import HIGHEST_ID
from certwright.domain.organization import OrganizationStatus
from certwright.services.annotations import check_all_given, check_values
from certwright.services.idempotency import answer_to
from certwright.services.new_order import build_order, check_not_compromised
from certwright.services.ports import AnsweredRequest
from certwright.services.renewal import check_renewal, renewal_end, take_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from typing import TypeVar

    from certwright.domain.account import Caller
    from certwright.domain.certificate import Certificate
    from certwright.domain.custom_field import CustomField
    from certwright.domain.ids import CertificateId, ContactId, OrderId, OrganizationId
    from certwright.domain.ledger import Balance
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.services.new_order import CheckedOrder, NewOrder
    from certwright.services.ports import UnitOfWork

    Id = TypeVar("Id", bound=int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A checked order with the numbers it is to get."""

    checked: CheckedOrder
    order_id: OrderId
    certificate_id: CertificateId


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """An order that is let in, not stored yet; ``renewed`` is the order that it renews."""

    order: Order
    checked: CheckedOrder
    organization: Organization | None
    renewed: Order | None

    @property
    def order_id(self) -> OrderId:
        """The number that the order gets."""
        return self.order.id


@dataclass(frozen=True, slots=True)
class Repeated:
    """An order whose idempotency key was used for the very same: that one's id is the answer."""

    order_id: OrderId


Verdict = Admitted | Repeated | CertwrightError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the database knows of the things that a batch names."""

    compromised: set[bytes]
    contacts: set[ContactId]
    organizations: dict[OrganizationId, Organization]
    fields: list[CustomField]
    renewed: dict[OrderId, Order]
    current: dict[CertificateId, Certificate]
    answered: dict[str, AnsweredRequest]


class Admission:
    """Judges a batch; ``open`` makes it."""

    def __init__(self, caller: Caller, at: datetime, facts: _Facts) -> None:
        self._caller = caller
        self._at = at
        self._facts = facts
        # What the orders judged so far leave for the next one. Funds of ``None`` are taken to cover everything.
        self._balance: Balance | None = None
        self._answered = dict(facts.answered)
        self._renewed = dict(facts.renewed)

    @classmethod
    async def open(
        cls, work: UnitOfWork, caller: Caller, orders: Sequence[NewOrder], at: datetime
    ) -> Admission:
        """Ask the database for everything that the orders name."""
        account_id = caller.account_id
        contacts = {id_ for new in orders for id_ in (new.administrator_contact_id, new.technical_contact_id)}
        organizations = _possible(new.organization_id for new in orders)
        olds = await work.orders.find_several(
            account_id, _possible(new.renewal_of_order_id for new in orders)
        )
        currents = await work.certificates.find_several(account_id, {old.certificate_id for old in olds})
        facts = _Facts(
            compromised=await work.certificates.find_compromised(
                {new.csr.key_hash for new in orders if new.csr}
            ),
            contacts=await work.contacts.find_known(account_id, _possible(contacts)),
            organizations={
                each.id: each for each in await work.organizations.find_several(account_id, organizations)
            },
            fields=await work.custom_fields.list_of_account(account_id),
            renewed={old.id: old for old in olds},
            current={current.id: current for current in currents},
            # Asked last: whoever sees above what an earlier request with the same key changed, sees its key here too.
            answered=await work.answered.find(
                account_id, {new.idempotency_key.text for new in orders if new.idempotency_key}
            ),
        )
        return cls(caller, at, facts)

    def judge(self, candidates: Iterable[Candidate], balance: Balance | None = None) -> list[Verdict]:
        """Judge all candidates anew, in their order."""
        self._balance = balance
        self._answered = dict(self._facts.answered)
        self._renewed = dict(self._facts.renewed)
        return [self._verdict(candidate) for candidate in candidates]

    def _verdict(self, candidate: Candidate) -> Verdict:
        try:
            key = candidate.checked.new.idempotency_key
            known = None if key is None else answer_to(key, self._answered)
            if known is not None:
                return Repeated(known.order_id)
            admitted = self._admit(candidate)
        except CertwrightError as refusal:
            return refusal
        if admitted.renewed is not None:
            self._renewed[admitted.renewed.id] = admitted.renewed
        if key is not None:
            self._answered[key.text] = AnsweredRequest(
                fingerprint=key.fingerprint, order_id=candidate.order_id
            )
        return admitted

    def _admit(self, candidate: Candidate) -> Admitted:
        new = candidate.checked.new
        if new.csr is not None:
            check_not_compromised(new.csr, self._facts.compromised)
        for contact_id in (new.administrator_contact_id, new.technical_contact_id):
            if contact_id is not None and contact_id not in self._facts.contacts:
                raise NotFound("contact")
        organization = self._find_organization(new)
        check_values(self._facts.fields, new.custom_values)
        check_all_given(self._caller, self._facts.fields, new.custom_values)
        order = build_order(self._caller, new, candidate.order_id, candidate.certificate_id, self._at)
        renewed = self._find_renewed(new)
        if renewed is not None:
            order = take_over(order, renewed, new.product, self._at)
            renewed = replace(renewed, renewed_by_order_id=order.id)
        if self._balance is not None:
            self._balance = self._balance.less(candidate.checked.price_cents)
        return Admitted(order=order, checked=candidate.checked, organization=organization, renewed=renewed)

    def _find_organization(self, new: NewOrder) -> Organization | None:
        if new.organization_id is None:
            return None
        organization = self._facts.organizations.get(new.organization_id)
        if organization is None:
            raise NotFound("organization")
        if organization.status is not OrganizationStatus.ACTIVE:
            raise Conflict("The organization is not active")
        return organization

    def _find_renewed(self, new: NewOrder) -> Order | None:
        if new.renewal_of_order_id is None:
            return None
        old = self._renewed.get(new.renewal_of_order_id)
        if old is None:
            raise NotFound("order")
        check_renewal(old, new.product, renewal_end(old, self._facts.current[old.certificate_id]), self._at)
        return old


def _possible(ids: Iterable[Id | None]) -> set[Id]:
    """Return those of the ids that something may have."""
    return {id_ for id_ in ids if id_ is not None and 0 < id_ <= HIGHEST_ID}
