"""Proofs of an account's domains: which there are, which are wanted, and what follows when one is given or runs out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from certwright.domain.dcv import (
    RANDOM_VALUE_LIFETIME,
    DCVMethod,
    Validation,
    ValidationStatus,
    generate_random_value,
)
from certwright.domain.domain import DomainView, Told, best_proof, news
from certwright.domain.ids import ValidationId
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.ports import JobKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from certwright.domain.domain import Domain
    from certwright.services.ports import UnitOfWork

_EVENTS = {
    Told.VALIDATED: EventKind.DOMAIN_VALIDATED,
    Told.ENDING: EventKind.DOMAIN_ENDING,
    Told.EXPIRED: EventKind.DOMAIN_EXPIRED,
}


async def view_of(work: UnitOfWork, domain: Domain, at: datetime) -> DomainView:
    """Read what belongs to a domain."""
    names = domain.identifier.authorization_domain_names()
    own = await work.validations.list_of_domains(domain.account_id, domain.name)
    fresh = await work.validations.find_fresh(domain.account_id, names, at)
    organization = None
    if domain.organization_id is not None:
        organization = await work.organizations.get(domain.account_id, domain.organization_id)
    return DomainView(
        domain=domain,
        organization=organization,
        proof=best_proof(domain, [*own, *fresh], at),
        pending=tuple(v for v in own if v.status is ValidationStatus.PENDING),
    )


async def ask_for_proof(
    work: UnitOfWork, domain: Domain, ids: Iterable[int], emails: Iterable[str], at: datetime
) -> None:
    """Want a new proof of a domain in place of those that still wait: one by value, or one for each address."""
    await withdraw(work, domain, reason="Another proof was asked for")
    supply = iter(ids)
    approvers: list[str | None] = [*emails] if domain.method is DCVMethod.EMAIL else [None]
    for approver in approvers:
        validation = _pending(domain, ValidationId(next(supply)), approver, at)
        await work.validations.add(validation)
        if approver is not None:
            await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation.id, at)
    await work.domains.save(replace(domain, submitted_at=at))
    await work.jobs.enqueue(JobKind.LOOK_AT_DOMAIN, domain.id, at)


async def withdraw(work: UnitOfWork, domain: Domain, *, reason: str) -> None:
    """Give up the proofs that a domain still waits for."""
    for validation in await work.validations.list_of_domains(domain.account_id, domain.name):
        if validation.status is ValidationStatus.PENDING:
            await work.validations.save(
                replace(validation, status=ValidationStatus.FAILED, reason=reason, next_step="")
            )


async def follow_up(work: UnitOfWork, domain: Domain, at: datetime) -> DomainView:
    """Tell the account what is new of a domain; a new proof ends the search for others and wakes the orders below."""
    view = await view_of(work, domain, at)
    due = news(domain, view.proof, at)
    if due is not None:
        await work.domains.save(replace(domain, told=due))
        await announce(work, domain.account_id, _EVENTS[due], Subject(domain_id=domain.id), at=at)
    if due is Told.VALIDATED or _is_answered(view):
        await withdraw(work, domain, reason="Another proof was given")
        for order_id in await work.domains.list_waiting_orders(domain.account_id, domain.name):
            await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order_id, at)
    return await view_of(work, await work.domains.get(domain.account_id, domain.id), at)


def _is_answered(view: DomainView) -> bool:
    """Whether a proof was given after one was asked for that still waits: another mailbox's, or an order's."""
    given_at = view.proof.validated_at if view.proof is not None else None
    return given_at is not None and any(v.created_at <= given_at for v in view.pending)


def _pending(domain: Domain, validation_id: ValidationId, approver: str | None, at: datetime) -> Validation:
    return Validation(
        id=validation_id,
        account_id=domain.account_id,
        order_id=None,
        domain=domain.name,
        method=domain.method,
        status=ValidationStatus.PENDING,
        random_value=generate_random_value(),
        value_expires_at=at + RANDOM_VALUE_LIFETIME,
        created_at=at,
        approver_email=approver,
        reason="Nobody has looked yet",
        next_step="Publish the random value, or answer the e-mail",
    )
