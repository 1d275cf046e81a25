"""Placing orders, one or hundreds in a transaction: each is judged by itself, and what is let in is stored together.

Everything that follows from an order (its first change, its certificate-to-be, the validations it lacks, its approval
request, its charge and the jobs that carry it on) is stored with it; nothing is stored of what is refused. The number of
statements does not depend on the number of orders, but for orders that renew others, which take one each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.change import Actor
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import CertwrightError, InsufficientFunds
from certwright.domain.ids import ApprovalRequestId, CertificateId, OrderId
from certwright.domain.order import place
from certwright.domain.status import OrderStatus
from certwright.services.admission import Admission, Admitted, Candidate, Repeated
from certwright.services.billing import charge_of
from certwright.services.name_proofs import find_fresh, first_proofs
from certwright.services.new_order import FIRST_REASON, build_certificate, build_request
from certwright.services.organizations import submit_for_validation
from certwright.services.ports import AnsweredRequest, DueJob, JobKind, NumberKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from certwright.domain.account import Caller
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.dcv import Validation
    from certwright.domain.ids import OrganizationId
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Product
    from certwright.services.admission import Verdict
    from certwright.services.name_proofs import NameProof
    from certwright.services.new_order import CheckedOrder
    from certwright.services.ports import Store, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a new order is looked at: the value that it asks for can't be published at once, and no order waits for ever."""

    first_look_after: timedelta
    lapse_after: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers that new orders and their rows get."""

    orders: list[int]
    certificates: list[int]
    requests: list[int]
    transactions: list[int]
    validations: list[int]

    @classmethod
    async def allot(cls, store: Store, batch: Sequence[CheckedOrder]) -> Numbers:
        """Take numbers for as many orders, outside of any transaction."""
        count = len(batch)
        return cls(
            orders=await store.allot(NumberKind.ORDER, count),
            certificates=await store.allot(NumberKind.CERTIFICATE, count),
            requests=await store.allot(NumberKind.REQUEST, count),
            transactions=await store.allot(NumberKind.TRANSACTION, count),
            validations=await store.allot(NumberKind.VALIDATION, sum(len(each.new.names) for each in batch)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """A new order as it was stored, with what belongs to it; ``has_values`` where custom fields were given."""

    order: Order
    certificate: Certificate
    product: Product
    organization: Organization | None
    request: ApprovalRequest
    proofs: tuple[NameProof, ...]
    has_values: bool

    @property
    def order_id(self) -> OrderId:
        """The number that the order got."""
        return self.order.id


Result = StoredOrder | Repeated | CertwrightError


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """Places a batch of checked orders of one caller at an instant.

    ``charged`` is called when the batch has been charged: what is charged from then on, is so after it.
    """

    caller: Caller
    at: datetime
    schedule: Schedule
    charged: Callable[[], None] = lambda: None

    async def place(self, work: UnitOfWork, batch: Sequence[CheckedOrder], numbers: Numbers) -> list[Result]:
        """Store what may be placed, and return what became of each order.

        Raises:
            StaleRecord: somebody else used an idempotency key, or renewed an order, at the same moment.
        """
        ids = zip(batch, numbers.orders, numbers.certificates, strict=True)
        candidates = [
            Candidate(checked=checked, order_id=OrderId(order), certificate_id=CertificateId(certificate))
            for checked, order, certificate in ids
        ]
        admission = await Admission.open(work, self.caller, [each.new for each in batch], self.at)
        verdicts = admission.judge(candidates)
        domains = {domain for checked in batch for domain in checked.domains}
        # Before anything is stored, for all that is stored without a question in between is sent together.
        fresh = await find_fresh(work, self.caller.account_id, domains, self.at)
        # Before anything else is done: a request with the same key at the same moment then waits here, and not where it
        # would find what this one changed.
        keys = _keys(verdicts)
        await work.answered.add(self.caller.account_id, keys)
        try:
            await self._charge(work, _admitted(verdicts), numbers)
        except InsufficientFunds:
            verdicts = admission.judge(candidates, await work.ledger.hold(self.caller.account_id))
            await self._exchange_keys(work, keys, _keys(verdicts))
            await self._charge(work, _admitted(verdicts), numbers)
        self.charged()
        placed = iter(await self._store(work, _admitted(verdicts), fresh, numbers))
        return [next(placed) if isinstance(each, Admitted) else each for each in verdicts]

    async def _exchange_keys(
        self, work: UnitOfWork, noted: dict[str, AnsweredRequest], right: dict[str, AnsweredRequest]
    ) -> None:
        """Take back the keys of orders that are refused after all, which may fall to later orders of the batch."""
        wrong = {key for key, used in noted.items() if right.get(key) != used}
        await work.answered.remove(self.caller.account_id, wrong)
        lacking = {key: used for key, used in right.items() if noted.get(key) != used}
        await work.answered.add(self.caller.account_id, lacking)

    async def _charge(self, work: UnitOfWork, admitted: Sequence[Admitted], numbers: Numbers) -> None:
        charged = [each for each in admitted if each.checked.price_cents > 0]
        await work.ledger.book(
            *(
                charge_of(each.order, each.checked.price_cents, number)
                for each, number in zip(charged, numbers.transactions, strict=False)
            )
        )

    async def _store(
        self,
        work: UnitOfWork,
        admitted: Sequence[Admitted],
        fresh: Mapping[str, Sequence[Validation]],
        numbers: Numbers,
    ) -> list[StoredOrder]:
        if not admitted:
            return []
        actor = Actor.for_key(self.caller.key.id)
        applied = [
            place(each.order, actor=actor, reason=FIRST_REASON[each.order.status]) for each in admitted
        ]
        await work.orders.add(*applied)
        await work.orders.save(*(each.renewed for each in admitted if each.renewed is not None))
        certificates = [build_certificate(each.order, each.checked.new) for each in admitted]
        await work.certificates.add(*certificates)
        requests = [
            build_request(self.caller, each.order, each.checked.new, ApprovalRequestId(number), self.at)
            for each, number in zip(admitted, numbers.requests, strict=False)
        ]
        await work.requests.add(*requests)
        given = {each.order.id: each.checked.new.custom_values for each in admitted}
        await work.custom_fields.set_values(self.caller.account_id, given)
        asked = [(each.order, judged.checked.domains) for each, judged in zip(applied, admitted, strict=True)]
        proofs = await first_proofs(work, asked, fresh, numbers.validations, self.at)
        organizations = await self._submit_organizations(work, admitted)
        placed = [
            StoredOrder(
                order=each.order,
                certificate=certificate,
                product=judged.checked.new.product,
                organization=organizations.get(each.order.organization_id),
                request=request,
                proofs=its,
                has_values=bool(judged.checked.new.custom_values),
            )
            for each, judged, certificate, request, its in zip(
                applied, admitted, certificates, requests, proofs, strict=True
            )
        ]
        await work.jobs.add_first(job for each in placed for job in self._jobs(each))
        return placed

    async def _submit_organizations(
        self, work: UnitOfWork, admitted: Sequence[Admitted]
    ) -> Mapping[OrganizationId | None, Organization]:
        """Have organizations validated that orders name, and return them as they are then."""
        asked = {
            (each.organization.id, each.checked.new.product.validation_level): each.organization
            for each in admitted
            if each.organization is not None
        }
        for (_, level), organization in asked.items():
            await submit_for_validation(work, organization, level, self.at)
        ids = {organization_id for organization_id, _ in asked}
        return {each.id: each for each in await work.organizations.find_several(self.caller.account_id, ids)}

    def _jobs(self, placed: StoredOrder) -> list[DueJob]:
        order = placed.order
        jobs = [DueJob(JobKind.LAPSE_ORDER, order.id, self.at + self.schedule.lapse_after)]
        if order.status is OrderStatus.PENDING:
            is_early = _asks_for_a_new_value(placed.proofs)
            look_at = self.at + self.schedule.first_look_after if is_early else self.at
            jobs.append(DueJob(JobKind.ADVANCE_ORDER, order.id, look_at))
        # Nobody outside is written to about an order that the account has not agreed to yet.
        if order.status is not OrderStatus.NEEDS_APPROVAL:
            mailed = {
                proof.validation.id
                for proof in placed.proofs
                if not proof.is_proved and proof.validation and proof.validation.method is DCVMethod.EMAIL
            }
            jobs += [DueJob(JobKind.SEND_APPROVAL_EMAIL, each, self.at) for each in sorted(mailed)]
        return jobs


def _asks_for_a_new_value(proofs: Sequence[NameProof]) -> bool:
    """Whether nothing is proved yet, and nothing can be: nobody but us knows what is to be published.

    Looking for it would only have name servers remember, for an hour maybe, that it is not there.
    """
    return bool(proofs) and not any(proof.is_proved or proof.validation is None for proof in proofs)


def _admitted(verdicts: Sequence[Verdict]) -> list[Admitted]:
    return [verdict for verdict in verdicts if isinstance(verdict, Admitted)]


def _keys(verdicts: Sequence[Verdict]) -> dict[str, AnsweredRequest]:
    """Return the idempotency keys of the orders that are let in."""
    return {
        key.text: AnsweredRequest(fingerprint=key.fingerprint, order_id=each.order.id)
        for each in _admitted(verdicts)
        if (key := each.checked.new.idempotency_key) is not None
    }
