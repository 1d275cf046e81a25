"""Which validation proves each name of an order, or is to prove it, and the validations that are still to be made."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.dcv import RANDOM_VALUE_LIFETIME, Validation, ValidationStatus
from certwright.domain.ids import ValidationId

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from certwright.domain.ids import AccountId, OrderId
    from certwright.domain.order import Order, OrderedName
    from certwright.services.ports import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class NameProof:
    """A name of an order with the validation that proves it, or else the one that is to."""

    name: OrderedName
    validation: Validation | None
    is_proved: bool


async def name_proofs(
    work: UnitOfWork, order: Order, at: datetime, *, names: Sequence[OrderedName] | None = None
) -> tuple[NameProof, ...]:
    """Pair each name with its proof: the order's own validation or any fresh one of the account that covers it.

    The names are the order's unless others are given.
    """
    (proofs,) = await proofs_of(work, [(order, order.names if names is None else names)], at)
    return proofs


async def proofs_of(
    work: UnitOfWork, asked: Sequence[tuple[Order, Sequence[OrderedName]]], at: datetime
) -> list[tuple[NameProof, ...]]:
    """Pair names of orders of any accounts with their proofs, as ``name_proofs`` does for one order."""
    own: defaultdict[OrderId, list[Validation]] = defaultdict(list)
    for validation in await work.validations.list_of_orders({order.id for order, _ in asked}):
        if validation.order_id is not None:
            own[validation.order_id].append(validation)
    return await pair(work, asked, own, at)


async def pair(
    work: UnitOfWork,
    asked: Sequence[tuple[Order, Sequence[OrderedName]]],
    own: Mapping[OrderId, Sequence[Validation]],
    at: datetime,
) -> list[tuple[NameProof, ...]]:
    """Pair names of orders with their proofs, as ``proofs_of`` does, where the orders' own validations are known."""
    domains = [
        {domain for name in names for domain in name.identifier.authorization_domain_names()}
        for _, names in asked
    ]
    wanted: defaultdict[AccountId, set[str]] = defaultdict(set)
    for (order, _), some in zip(asked, domains, strict=True):
        wanted[order.account_id] |= some
    fresh = {
        account_id: await find_fresh(work, account_id, every, at) for account_id, every in wanted.items()
    }
    proofs = []
    for (order, names), some in zip(asked, domains, strict=True):
        others = [v for domain in some for v in fresh[order.account_id].get(domain, ())]
        its = own.get(order.id, ())
        candidates = [*its, *sorted(others, key=lambda validation: validation.id)]
        proofs.append(tuple(_proof_of(name, its, candidates, at) for name in names))
    return proofs


async def find_fresh(
    work: UnitOfWork, account_id: AccountId, domains: Collection[str], at: datetime
) -> Mapping[str, Sequence[Validation]]:
    """Return an account's fresh validations by the domains at which they were proved."""
    fresh: defaultdict[str, list[Validation]] = defaultdict(list)
    for validation in await work.validations.find_fresh(account_id, domains, at):
        fresh[validation.proved_domain or validation.domain].append(validation)
    return fresh


def _proof_of(
    name: OrderedName, own: Sequence[Validation], fresh: Sequence[Validation], at: datetime
) -> NameProof:
    """Pair a name with the first of some validations that covers it, or else the one of the order's own that is to."""
    for validation in fresh:
        if validation.covers(name.identifier, at):
            return NameProof(name=name, validation=validation, is_proved=True)
    wanted = next((v for v in own if serves(v, name)), None)
    return NameProof(name=name, validation=wanted, is_proved=False)


def missing_proof(proofs: Sequence[NameProof]) -> str | None:
    """Say which proof is missing first, and what was last seen of it; ``None`` if none is."""
    missing = [proof for proof in proofs if not proof.is_proved]
    if not missing:
        return None
    first = missing[0]
    reason = first.validation.reason if first.validation is not None else "nothing proves it"
    more = f" (and {len(missing) - 1} more names)" if len(missing) > 1 else ""
    return f"Waits for proof of control of {first.name.identifier}{more}: {reason}"


def serves(validation: Validation, name: OrderedName) -> bool:
    """Whether a validation that waits is the one that a name asks for."""
    return (
        validation.status is ValidationStatus.PENDING
        and validation.domain == name.identifier.fqdn
        and validation.method is name.method
        and validation.approver_email == name.approver_email
    )


async def missing_validations(
    work: UnitOfWork,
    order: Order,
    numbers: Iterable[int],
    at: datetime,
    *,
    names: Sequence[OrderedName] | None = None,
) -> list[Validation]:
    """Make a pending validation for each FQDN and method that nothing proves or awaits yet, as in ``name_proofs``."""
    own = await work.validations.list_of_order(order.account_id, order.id)
    expires_at = value_expires_at(order, own)
    if expires_at <= at:  # the value was made just now, and no validation carries it yet
        expires_at = at + RANDOM_VALUE_LIFETIME
    proofs = await name_proofs(work, order, at, names=names)
    return _missing(order, proofs, iter(numbers), expires_at, at)


async def first_proofs(
    work: UnitOfWork,
    orders: Sequence[tuple[Order, Collection[str]]],
    fresh: Mapping[str, Sequence[Validation]],
    numbers: Iterable[int],
    at: datetime,
) -> list[tuple[NameProof, ...]]:
    """Pair the names of new orders of one account with their proofs, and make and store the validations that they lack.

    With each order come the domains that may prove its names; one without any needs no proof. ``fresh`` is what
    ``find_fresh`` returned for the domains of all.
    """
    supply, made, proofs = iter(numbers), list[Validation](), list[tuple[NameProof, ...]]()
    for order, domains in orders:
        known = [validation for domain in domains for validation in fresh.get(domain, ())]
        found = [_proof_of(name, [], known, at) for name in order.names]
        lacking = _missing(order, found, supply, at + RANDOM_VALUE_LIFETIME, at) if domains else []
        proofs.append(tuple(p if p.is_proved else _proof_of(p.name, lacking, [], at) for p in found))
        made += lacking
    await work.validations.add(*made)
    return proofs


def _missing(
    order: Order, proofs: Iterable[NameProof], numbers: Iterator[int], expires_at: datetime, at: datetime
) -> list[Validation]:
    made: list[Validation] = []
    for proof in proofs:
        if proof.validation is None and not any(serves(v, proof.name) for v in made):
            made.append(_pending(order, proof.name, ValidationId(next(numbers)), expires_at, at))
    return made


def value_expires_at(order: Order, own: Iterable[Validation]) -> datetime:
    """Return when the order's random value runs out; no validation made later gives it a longer life."""
    ends = [v.value_expires_at for v in own if v.random_value == order.random_value]
    return min(ends, default=order.created_at + RANDOM_VALUE_LIFETIME)


def _pending(
    order: Order, name: OrderedName, validation_id: ValidationId, expires_at: datetime, at: datetime
) -> Validation:
    return Validation(
        id=validation_id,
        account_id=order.account_id,
        order_id=order.id,
        domain=name.identifier.fqdn,
        method=name.method,
        status=ValidationStatus.PENDING,
        random_value=order.random_value,
        value_expires_at=expires_at,
        created_at=at,
        approver_email=name.approver_email,
        reason="Nobody has looked yet",
        next_step="Publish the random value, or answer the e-mail",
    )
