"""Orders: placing, showing and canceling them.

Placing an order stores everything that follows from it (``placing``) in one transaction, which it shares with orders that
come at the same time.
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from certwright.domain.certificate import CertificateStatus
from certwright.domain.change import Actor
from certwright.domain.csr import check_csr
from certwright.domain.errors import CertwrightError, NotFound, StaleRecord, Unavailable
from certwright.domain.status import Action, OrderStatus
from certwright.services.admission import Repeated
from certwright.services.batching import Batching
from certwright.services.idempotency import find_answered, note_answered
from certwright.services.new_order import (
    FIRST_REASON,
    check_order,
    refuse_compromised_key,
)
from certwright.services.order_view import new_view, read_view
from certwright.services.placing import Numbers, Placing, StoredOrder
from certwright.services.ports import JobKind
from certwright.services.retrying import again_when_stale
from certwright.services.visibility import get_order
from certwright.services.withdrawal import give_up_reissue, withdraw

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.csr import CSR
    from certwright.domain.ids import OrderId
    from certwright.domain.key_blocklist import KeyBlocklist
    from certwright.domain.order import Order
    from certwright.domain.product import Catalogue
    from certwright.services.idempotency import IdempotencyKey
    from certwright.services.issuance import Issuance
    from certwright.services.new_order import CheckedOrder, NewOrder
    from certwright.services.order_view import OrderView
    from certwright.services.placing import Result, Schedule
    from certwright.services.ports import Clock, Store, UnitOfWork

_LOOKS = 3
"""How often a request tries to carry an order on beside the worker, which takes at most two steps of it."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """A checked order, and whose it is."""

    caller: Caller
    checked: CheckedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """The view of an order that was placed, now or before under the same idempotency key."""

    view: OrderView
    is_new: bool


class Ordering:
    """Places, shows and cancels orders."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        catalogue: Catalogue,
        issuance: Issuance,
        *,
        blocklist: KeyBlocklist,
        schedule: Schedule,
    ) -> None:
        self._store = store
        self._clock = clock
        self._catalogue = catalogue
        self._issuance = issuance
        self._blocklist = blocklist
        self._schedule = schedule
        self._placing = Batching(self._place_all)

    @again_when_stale
    async def place(self, caller: Caller, new: NewOrder, *, at_once: bool = False) -> OrderView:
        """Store an order and what follows from it.

        With ``at_once``, an order that lacks no proof is carried on before the answer, and usually comes back issued.
        With an ``idempotency_key`` that was used before, nothing is stored and the earlier order comes back.

        Raises:
            InvalidInput: names, methods, term, organization or contacts do not fit the product.
            UnusableCSR: the request's signature or key is not acceptable.
            NotFound: a contact, organization or renewed order is not in this account.
            RenewalRefused: the order to renew can't be renewed.
            InsufficientFunds: balance and credit limit do not cover the price.
            Conflict: the idempotency key was used for something else.
        """
        checked = check_order(new, self._blocklist, self._clock.now())
        answer = await self._placing.do(_Wish(caller, checked))
        if isinstance(answer, CertwrightError):
            raise answer
        view = answer.view
        lacks_nothing = new.product.private or all(proof.is_proved for proof in view.proofs)
        if at_once and answer.is_new and view.order.status is OrderStatus.PENDING and lacks_nothing:
            await self._carry_on(view.order.id)
            return await self.show(caller, view.order.id)
        return view

    async def _place_all(self, wishes: Sequence[_Wish]) -> list[_Answer | CertwrightError]:
        """Place orders that came at the same time, each caller's among themselves, in one transaction."""
        now = self._clock.now()
        groups: defaultdict[Caller, list[CheckedOrder]] = defaultdict(list)
        for wish in wishes:
            groups[wish.caller].append(wish.checked)
        numbers = {caller: await Numbers.allot(self._store, group) for caller, group in groups.items()}
        answers: dict[Caller, list[_Answer | CertwrightError]] = {}
        async with self._store.writing() as work:
            for caller, group in groups.items():
                placing = Placing(caller=caller, at=now, schedule=self._schedule)
                results = await placing.place(work, group, numbers[caller])
                answers[caller] = await self._answers(work, caller, results, now)
        return [answers[wish.caller].pop(0) for wish in wishes]

    async def _answers(
        self, work: UnitOfWork, caller: Caller, results: Sequence[Result], now: datetime
    ) -> list[_Answer | CertwrightError]:
        asked = [each.order_id for each in results if isinstance(each, StoredOrder) and each.has_values]
        values = await work.custom_fields.values_of_orders(caller.account_id, asked)
        answers: list[_Answer | CertwrightError] = []
        for each in results:
            match each:
                case StoredOrder():
                    view = new_view(each, values.get(each.order_id, ()), now)
                    answers.append(_Answer(view=view, is_new=True))
                case Repeated():
                    try:
                        view = await read_view(work, self._catalogue, caller, each.order_id, now)
                        answers.append(_Answer(view=view, is_new=False))
                    except NotFound as refusal:  # of an order that the caller may not see
                        answers.append(refusal)
                case CertwrightError():
                    answers.append(each)
        return answers

    async def check(self, caller: Caller, order_id: OrderId) -> OrderView:
        """Look for proof now, carry the order on as far as it goes, and return where it stands.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            await get_order(work, caller, order_id)
        await self._carry_on(order_id)
        return await self.show(caller, order_id)

    async def _carry_on(self, order_id: OrderId) -> None:
        with suppress(Unavailable):  # a CA that does not answer now is nothing the client can mend
            for _ in range(_LOOKS):
                try:
                    await self._issuance.advance(order_id)
                except StaleRecord:
                    continue  # the worker took a step at the same moment; go on from there
                break

    async def show(self, caller: Caller, order_id: OrderId) -> OrderView:
        """Return an order of the caller's account with all that belongs to it.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            return await read_view(work, self._catalogue, caller, order_id, self._clock.now())

    async def caa_messages(self, caller: Caller, order_id: OrderId) -> dict[str, str]:
        """Look at the CAA records of an order's names now, and say of each name what they come to.

        Raises:
            NotFound: no such order in this account.
        """
        async with self._store.reading() as work:
            order = await get_order(work, caller, order_id)
        return await self._issuance.caa_messages(order)

    @again_when_stale
    async def supply_csr(self, caller: Caller, order_id: OrderId, csr: CSR) -> None:
        """Give an order that has none its CSR, so that it goes on to validation.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order does not wait for a CSR.
            UnusableCSR: as for ``place``.
        """
        check_csr(csr, blocklist=self._blocklist)
        now = self._clock.now()
        async with self._store.writing() as work:
            await refuse_compromised_key(work, csr)
            order = await get_order(work, caller, order_id)
            actor = Actor.for_key(caller.key.id)
            applied = order.apply(
                Action.SUPPLY_CSR, actor=actor, reason=FIRST_REASON[OrderStatus.PENDING], at=now
            )
            certificate = await work.certificates.get(caller.account_id, order.certificate_id)
            with_csr = replace(certificate, csr=csr.der, key_hash=csr.key_hash)
            await work.certificates.save(with_csr, expected=CertificateStatus.PENDING)
            await work.orders.record(applied)
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)

    @again_when_stale
    async def cancel(
        self,
        caller: Caller,
        order_id: OrderId,
        *,
        note: str = "",
        idempotency_key: IdempotencyKey | None = None,
    ) -> Order:
        """Cancel an order that has no certificate yet, with its open validations and requests, or a reissue under way.

        An order whose reissue is given up goes back to its current certificate. Canceling a canceled order again is no
        error: a client that lost the first answer may ask again. With an ``idempotency_key`` that was used before,
        nothing is done, so that the second request for giving up a reissue does not fail either.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order has gone too far, or the idempotency key was used for something else.
        """
        now = self._clock.now()
        actor = Actor.for_key(caller.key.id)
        async with self._store.writing() as work:
            order = await get_order(work, caller, order_id)
            answered = await find_answered(work, caller, idempotency_key)
            if answered is not None or order.status in {OrderStatus.CANCELED, OrderStatus.REFUNDED}:
                return order
            await note_answered(work, caller, idempotency_key, order_id)
            if order.status is OrderStatus.REISSUE_PENDING:
                reason = note or "The reissue was canceled at the customer's request"
                return await give_up_reissue(work, order, actor=actor, reason=reason, at=now)
            reason = note or "Canceled at the customer's request"
            applied = order.apply(Action.CANCEL, actor=actor, reason=reason, at=now)
            noted = replace(applied, order=replace(applied.order, details=replace(order.details, note=note)))
            await work.orders.record(noted)
            await withdraw(work, order, reason=reason, at=now)
            return noted.order
