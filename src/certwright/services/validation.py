"""Proof of control: what each name of an order still lacks, looking for it, and changing how it is to be given."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.dcv import (
    RANDOM_VALUE_LIFETIME,
    DCVMethod,
    Probe,
    ProbeResult,
    Validation,
    ValidationStatus,
    generate_random_value,
)
from certwright.domain.errors import Conflict, InvalidInput, StaleRecord
from certwright.domain.identifier import Identifier
from certwright.domain.status import AWAITING_PROOF, OrderStatus
from certwright.services.batching import Batching
from certwright.services.name_proofs import (
    NameProof,
    missing_validations,
    name_proofs,
    pair,
    serves,
    value_expires_at,
)
from certwright.services.new_order import check_method
from certwright.services.ports import JobKind, NumberKind
from certwright.services.retrying import again_when_stale
from certwright.services.visibility import get_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.ids import AccountId, OrderId, ValidationId
    from certwright.domain.order import Order, OrderedName
    from certwright.services.ports import Clock, DomainProbe, Store, UnitOfWork

_AWAITING_A_METHOD = AWAITING_PROOF | {
    OrderStatus.NEEDS_APPROVAL,
    OrderStatus.NEEDS_CSR,
    OrderStatus.REISSUE_PENDING,
}
_PROBES_AT_ONCE = 8
_MAIL_PAUSE = timedelta(minutes=1)


async def withdraw_validations(work: UnitOfWork, order: Order, reason: str) -> None:
    """Give up an order's open validations; proofs already given stay, for other orders."""
    for validation in await work.validations.list_of_order(order.account_id, order.id):
        if validation.status is ValidationStatus.PENDING:
            await work.validations.save(
                replace(validation, status=ValidationStatus.FAILED, reason=reason, next_step="")
            )


def proved(validation: Validation, proved_domain: str, at: datetime) -> Validation:
    """Return a validation with its proof, good for as long as the rules of the day allow (BR §4.2.1)."""
    return replace(
        validation,
        status=ValidationStatus.VALID,
        proved_domain=proved_domain,
        validated_at=at,
        reusable_until=at + rules.max_validation_age(at),
        last_checked_at=at,
        reason="",
        next_step="",
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen for names of an order that lacked proof: for each validation, what the probe says."""

    order: Order
    before: tuple[NameProof, ...]
    seen: tuple[tuple[Validation, ProbeResult], ...]


class Validating:
    """Looks for proofs and changes how they are to be given."""

    def __init__(self, store: Store, clock: Clock, probe: DomainProbe) -> None:
        self._store = store
        self._clock = clock
        self._probe = probe
        self._storing = Batching(self._store_looks)

    async def look(self, order: Order, before: tuple[NameProof, ...]) -> tuple[NameProof, ...]:
        """Look once for every proof that names of an order lacked, store what was seen, and return where they stand.

        Raises:
            StaleRecord: somebody else changed a validation meanwhile; look again.
        """
        if any(proof.validation is None for proof in before):
            before = await self._ask_again(order, [proof.name for proof in before])
        wanted = _to_look_for(before)
        if not wanted:
            return before
        results = await self._look_for(wanted)
        return await self._storing.do(_Look(order, before, tuple(zip(wanted, results, strict=True))))

    async def _look_for(self, wanted: Sequence[Validation]) -> list[ProbeResult]:
        if len(wanted) == 1:  # as of most orders; a task for it would take as much as a question
            return [await self._probe.look(probe_for(wanted[0]))]
        limit = asyncio.Semaphore(_PROBES_AT_ONCE)

        async def look_for(validation: Validation) -> ProbeResult:
            async with limit:
                return await self._probe.look(probe_for(validation))

        return await asyncio.gather(*map(look_for, wanted))

    async def _store_looks(self, looks: Sequence[_Look]) -> list[tuple[NameProof, ...]]:
        """Store what was seen for orders that were looked at at the same time, and return where their proofs stand."""
        now = self._clock.now()
        changed: dict[ValidationId, Validation] = {}
        async with self._store.writing() as work:
            for seen, result in (pair for look in looks for pair in look.seen):
                validation = changed.get(seen.id, seen)
                if validation.status is ValidationStatus.PENDING:
                    changed[seen.id] = after_look(validation, result, now)
                    if result.proved_domain is not None:
                        await wake_domains(work, seen.account_id, result.proved_domain, now)
            await work.validations.save(*changed.values())
            asked = [(look.order, [proof.name for proof in look.before]) for look in looks]
            own = {
                look.order.id: [changed.get(v.id, v) for proof in look.before if (v := proof.validation)]
                for look in looks
            }
            return await pair(work, asked, own, now)

    async def _ask_again(self, order: Order, names: Sequence[OrderedName]) -> tuple[NameProof, ...]:
        """Ask for the proofs that the order could reuse when it was placed and that have run out since."""
        now = self._clock.now()
        numbers = await self._store.allot(NumberKind.VALIDATION, len(names))
        async with self._store.writing() as work:
            stored = await work.orders.get(order.account_id, order.id)
            if stored.version != order.version:
                raise StaleRecord("The order has been changed by somebody else")
            stored = await _with_fresh_value(work, stored, now)
            made = await missing_validations(work, stored, numbers, now, names=names)
            for validation in made:
                await work.validations.add(validation)
            await enqueue_approval_emails(work, stored, now)
            return await name_proofs(work, stored, now, names=names)

    @again_when_stale
    async def change_method(self, caller: Caller, order_id: OrderId, names: Sequence[OrderedName]) -> Order:
        """Prove the given names of an order in another way from now on; names not given keep theirs.

        The order keeps its random value while it is good, so a record already published still serves. For the e-mail
        method the mail goes out again, even where nothing changes, but not before a pause since the last one.

        Raises:
            InvalidInput: a method can't prove its name, an approver has no say over it, or a name is not the order's.
            NotFound: no such order in this account.
            Conflict: the order no longer waits for proof.
        """
        now = self._clock.now()
        for name in names:
            check_method(name, now)
        numbers = await self._store.allot(NumberKind.VALIDATION, 2 * len(names))
        async with self._store.writing() as work:
            order = await self._awaiting(work, caller, order_id)
            order = await _with_fresh_value(work, order, now)
            changes = {name.identifier: name for name in names}
            foreign = changes.keys() - {name.identifier for name in order.names}
            if foreign:
                raise InvalidInput.for_field("names", f"{min(foreign)} is not a name of the order")
            changed = replace(order, names=tuple(changes.get(name.identifier, name) for name in order.names))
            await work.orders.save(changed)
            changed = await work.orders.get(caller.account_id, order_id)
            for validation in await work.validations.list_of_order(order.account_id, order.id):
                if validation.status is ValidationStatus.PENDING and not any(
                    serves(validation, name) for name in changed.names
                ):
                    await work.validations.save(
                        replace(validation, status=ValidationStatus.FAILED, reason="The method was changed")
                    )
            for validation in await missing_validations(work, changed, numbers, now):
                await work.validations.add(validation)
            await enqueue_approval_emails(work, changed, now, only=set(changes))
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return changed

    @again_when_stale
    async def renew_random_value(self, caller: Caller, order_id: OrderId) -> Validation | None:
        """Return a validation that carries the order's random value; a fresh value replaces one that has run out.

        Returns ``None`` when every name is proved.

        Raises:
            NotFound: no such order in this account.
            Conflict: the order no longer waits for proof.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            order = await self._awaiting(work, caller, order_id)
            validations = await work.validations.list_of_order(order.account_id, order.id)
            if all(v.status is not ValidationStatus.PENDING for v in validations):
                return None
            await _with_fresh_value(work, order, now)
            validations = await work.validations.list_of_order(order.account_id, order.id)
            return next(v for v in validations if v.status is ValidationStatus.PENDING)

    async def _awaiting(self, work: UnitOfWork, caller: Caller, order_id: OrderId) -> Order:
        order = await get_order(work, caller, order_id)
        if order.status not in _AWAITING_A_METHOD:
            raise Conflict(f"The order is {order.status.value} and no longer waits for proof of control")
        return order


async def wake_domains(work: UnitOfWork, account_id: AccountId, proved_domain: str, at: datetime) -> None:
    """Have the account's domains looked at of which a new proof is news."""
    for domain in await work.domains.list_at_or_below(account_id, proved_domain):
        await work.jobs.enqueue(JobKind.LOOK_AT_DOMAIN, domain.id, at)


async def next_mail_at(work: UnitOfWork, order: Order, at: datetime) -> datetime:
    """Return from when on an order's approvers may be mailed again: now, or a pause after the last mail."""
    last = await work.validations.find_last_mail(order.id)
    return at if last is None else max(at, last + _MAIL_PAUSE)


async def enqueue_approval_emails(
    work: UnitOfWork, order: Order, at: datetime, *, only: set[Identifier] | None = None
) -> int:
    """Have the approvers of all names, or only of some, mailed as soon as they may be, and return how many."""
    run_at = await next_mail_at(work, order, at)
    wanted = {
        proof.validation.id
        for proof in await name_proofs(work, order, at)
        if proof.validation is not None
        and not proof.is_proved
        and proof.name.method is DCVMethod.EMAIL
        and (only is None or proof.name.identifier in only)
    }
    for validation_id in sorted(wanted):
        await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation_id, run_at)
    return len(wanted)


async def with_waiting_value(work: UnitOfWork, order: Order, at: datetime) -> Order:
    """Give an issued order a new random value for a further certificate, and return it as stored.

    While another further certificate waits for the present value, it stays, for that is what is being published.
    """
    validations = await work.validations.list_of_order(order.account_id, order.id)
    waiting = (v for v in validations if v.status is ValidationStatus.PENDING)
    if any(v.random_value == order.random_value and at < v.value_expires_at for v in waiting):
        return order
    return await _with_new_value(work, order, validations, at)


async def _with_fresh_value(work: UnitOfWork, order: Order, at: datetime) -> Order:
    """Give an order whose random value has run out a new one, with its open validations, and return it as stored."""
    validations = await work.validations.list_of_order(order.account_id, order.id)
    if at < value_expires_at(order, validations):
        return order
    return await _with_new_value(work, order, validations, at)


async def _with_new_value(
    work: UnitOfWork, order: Order, validations: Iterable[Validation], at: datetime
) -> Order:
    value = generate_random_value()
    await work.orders.save(replace(order, random_value=value))
    for validation in validations:
        if validation.status is ValidationStatus.PENDING:
            await work.validations.save(
                replace(validation, random_value=value, value_expires_at=at + RANDOM_VALUE_LIFETIME)
            )
    return await work.orders.get(order.account_id, order.id)


def _to_look_for(proofs: Sequence[NameProof]) -> list[Validation]:
    """List each validation that a probe can answer once."""
    found: dict[ValidationId, Validation] = {}
    for proof in proofs:
        validation = proof.validation
        if validation is not None and not proof.is_proved and validation.method is not DCVMethod.EMAIL:
            found[validation.id] = validation
    return list(found.values())


def probe_for(validation: Validation) -> Probe:
    """Say what to look for, and where."""
    # A file proves the FQDN alone (BR §3.2.2.4.18); a record at a parent proves what lies below it (§3.2.2.4.7).
    candidates = (
        Identifier(validation.domain).authorization_domain_names()
        if validation.method.reaches_subdomains
        else (validation.domain,)
    )
    return Probe(
        method=validation.method,
        domain=validation.domain,
        candidates=candidates,
        random_value=validation.random_value,
    )


def after_look(validation: Validation, result: ProbeResult, at: datetime) -> Validation:
    """Return the validation with what a look at an instant has shown."""
    if at >= validation.value_expires_at:
        return replace(
            validation,
            last_checked_at=at,
            reason="The random value has run out",
            next_step="Ask for a new random value and publish it",
        )
    if result.proved_domain is not None:
        return proved(validation, result.proved_domain, at)
    return replace(validation, last_checked_at=at, reason=result.reason, next_step=result.next_step)
