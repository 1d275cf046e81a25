"""Domains of an account: adding, proving ahead of any order, changing how, switching off, deleting."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod, ValidationStatus, constructed_emails
from certwright.domain.domain import Domain, DomainView, best_proof
from certwright.domain.errors import Conflict, InvalidInput, LimitExceeded
from certwright.domain.ids import DomainId
from certwright.services.domain_proofs import ask_for_proof, follow_up, view_of, withdraw
from certwright.services.ports import JobKind, NumberKind
from certwright.services.retrying import again_when_stale
from certwright.services.validation import after_look, probe_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.account import Caller
    from certwright.domain.dcv import Validation
    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import OrganizationId
    from certwright.domain.product import ValidationLevel
    from certwright.services.ports import Clock, DomainProbe, Store

_CONSTRUCTED = 5
_MAIL_PAUSE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDomain:
    """What a client says of a domain; no ``emails`` at all means all constructed addresses at the domain."""

    identifier: Identifier
    method: DCVMethod
    levels: tuple[ValidationLevel, ...]
    organization_id: OrganizationId | None = None
    emails: tuple[str, ...] = ()


class Domains:
    """Keeps accounts' domains and looks for their proofs."""

    def __init__(self, store: Store, clock: Clock, probe: DomainProbe) -> None:
        self._store = store
        self._clock = clock
        self._probe = probe

    @again_when_stale
    async def create(self, caller: Caller, new: NewDomain) -> DomainView:
        """Add a domain and ask for its proof, unless a proof of the account covers it already.

        Raises:
            InvalidInput: a wildcard name, a domain that the account has, or an address that has no say over it.
            NotFound: no such organization in this account.
        """
        if new.identifier.is_wildcard:
            raise InvalidInput.for_field("name", "A domain is named without '*.'")
        emails = _approvers(new.identifier, new.emails)
        (number,) = await self._store.allot(NumberKind.DOMAIN)
        ids = await self._store.allot(NumberKind.VALIDATION, _count(emails))
        now = self._clock.now()
        domain = Domain(
            id=DomainId(number),
            account_id=caller.account_id,
            name=new.identifier.fqdn,
            method=new.method,
            levels=new.levels,
            created_at=now,
            submitted_at=now,
            organization_id=new.organization_id,
        )
        async with self._store.writing() as work:
            if new.organization_id is not None:
                await work.organizations.get(caller.account_id, new.organization_id)
            if any(
                d.name == domain.name
                for d in await work.domains.list_at_or_below(domain.account_id, domain.name)
            ):
                raise InvalidInput.for_field("name", f"The account has the domain {domain.name} already")
            await work.domains.add(domain)
            await work.jobs.enqueue(JobKind.LOOK_AT_DOMAIN, domain.id, now)
            if not (await view_of(work, domain, now)).is_proved(now):
                await ask_for_proof(work, domain, ids, emails, now)
            return await follow_up(work, await work.domains.get(caller.account_id, domain.id), now)

    async def list_of(self, caller: Caller) -> list[DomainView]:
        """List the account's domains by id."""
        now = self._clock.now()
        async with self._store.reading() as work:
            domains = await work.domains.list_of_account(caller.account_id)
            own = await work.validations.list_of_domains(caller.account_id)
            fresh = await work.validations.list_fresh(caller.account_id, now) if domains else []
            organizations = {o.id: o for o in await work.organizations.list_of_account(caller.account_id)}
        by_name: dict[str, list[Validation]] = {}
        for validation in [*own, *fresh]:
            by_name.setdefault(validation.proved_domain or validation.domain, []).append(validation)
        return [
            DomainView(
                domain=domain,
                organization=organizations.get(domain.organization_id) if domain.organization_id else None,
                proof=best_proof(domain, _found(by_name, domain), now),
                pending=tuple(
                    v
                    for v in by_name.get(domain.name, [])
                    if v.order_id is None and v.status is ValidationStatus.PENDING
                ),
            )
            for domain in domains
        ]

    async def show(self, caller: Caller, domain_id: DomainId) -> DomainView:
        """Return a domain of the account.

        Raises:
            NotFound: no such domain in this account.
        """
        async with self._store.reading() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            return await view_of(work, domain, self._clock.now())

    @again_when_stale
    async def set_active(self, caller: Caller, domain_id: DomainId, *, active: bool) -> None:
        """Switch a domain on or off.

        Raises:
            NotFound: no such domain in this account.
        """
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            await work.domains.save(replace(domain, is_active=active))

    @again_when_stale
    async def delete(self, caller: Caller, domain_id: DomainId) -> None:
        """Forget a domain and what it waits for; proofs given stay with the account, for its orders.

        Raises:
            NotFound: no such domain in this account.
        """
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            await withdraw(work, domain, reason="The domain was deleted")
            await work.domains.delete(domain)

    @again_when_stale
    async def change_method(
        self, caller: Caller, domain_id: DomainId, method: DCVMethod, emails: Sequence[str] = ()
    ) -> DomainView:
        """Have a domain proved in another way from now on, and ask for that proof.

        Raises:
            NotFound: no such domain in this account.
            InvalidInput: an address has no say over the domain.
        """
        ids = await self._store.allot(NumberKind.VALIDATION, max(_CONSTRUCTED, len(emails)))
        now = self._clock.now()
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            approvers = _approvers(domain.identifier, emails)
            await ask_for_proof(work, replace(domain, method=method), ids, approvers, now)
            return await view_of(work, await work.domains.get(caller.account_id, domain_id), now)

    @again_when_stale
    async def submit(
        self,
        caller: Caller,
        domain_id: DomainId,
        levels: tuple[ValidationLevel, ...],
        *,
        method: DCVMethod | None = None,
    ) -> DomainView:
        """Have a domain validated for more levels, and ask for a new proof unless one is waited for.

        Raises:
            NotFound: no such domain in this account.
        """
        ids = await self._store.allot(NumberKind.VALIDATION, _CONSTRUCTED)
        now = self._clock.now()
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            wanted = replace(
                domain,
                levels=tuple(dict.fromkeys((*domain.levels, *levels))),
                method=method or domain.method,
            )
            view = await view_of(work, domain, now)
            if wanted.method is domain.method and any(now < v.value_expires_at for v in view.pending):
                await work.domains.save(wanted)
            else:
                await ask_for_proof(work, wanted, ids, _approvers(domain.identifier, ()), now)
            return await view_of(work, await work.domains.get(caller.account_id, domain_id), now)

    @again_when_stale
    async def renew_token(self, caller: Caller, domain_id: DomainId) -> DomainView:
        """Return the domain with a new value to publish in place of the one that waits.

        Raises:
            NotFound: no such domain in this account.
            Conflict: the domain is proved by e-mail.
        """
        ids = await self._store.allot(NumberKind.VALIDATION)
        now = self._clock.now()
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            if domain.method is DCVMethod.EMAIL:
                raise Conflict("The domain is proved by e-mail, which takes no value to publish")
            await ask_for_proof(work, domain, ids, (), now)
            return await view_of(work, await work.domains.get(caller.account_id, domain_id), now)

    @again_when_stale
    async def send_emails(self, caller: Caller, domain_id: DomainId) -> None:
        """Have the approvers mailed again that have not answered.

        Raises:
            NotFound: no such domain in this account.
            Conflict: the domain does not wait for an approver.
            LimitExceeded: they were mailed a moment ago.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
            waiting = [v for v in (await view_of(work, domain, now)).pending if v.method is DCVMethod.EMAIL]
            if not waiting:
                raise Conflict("The domain does not wait for an approver's e-mail")
            last = await work.validations.find_last_mail_of(waiting[0].id)
            if last is not None and now < last + _MAIL_PAUSE:
                left = last + _MAIL_PAUSE - now
                raise LimitExceeded(
                    "The approvers were mailed a moment ago",
                    retry_after_seconds=math.ceil(left.total_seconds()),
                )
            for validation in waiting:
                await work.jobs.enqueue(JobKind.SEND_APPROVAL_EMAIL, validation.id, now)

    @again_when_stale
    async def look(self, caller: Caller, domain_id: DomainId) -> DomainView:
        """Look now for the proof that a domain waits for.

        Raises:
            NotFound: no such domain in this account.
        """
        async with self._store.reading() as work:
            domain = await work.domains.get(caller.account_id, domain_id)
        return await self._look(domain)

    async def look_again(self, domain_id: DomainId) -> DomainView | None:
        """Look for the worker; ``None`` when there is no such domain any more."""
        async with self._store.reading() as work:
            domain = await work.domains.find(domain_id)
        return None if domain is None else await self._look(domain)

    async def _look(self, domain: Domain) -> DomainView:
        async with self._store.reading() as work:
            view = await view_of(work, domain, self._clock.now())
        seen = [v for v in view.pending if v.method is not DCVMethod.EMAIL]
        results = await asyncio.gather(*(self._probe.look(probe_for(v)) for v in seen))
        now = self._clock.now()
        async with self._store.writing() as work:
            for before, result in zip(seen, results, strict=True):
                # It may have been withdrawn or replaced while we looked.
                validation = await work.validations.get(domain.account_id, before.id)
                if validation.status is ValidationStatus.PENDING:
                    await work.validations.save(after_look(validation, result, now))
            return await follow_up(work, await work.domains.get(domain.account_id, domain.id), now)


def _approvers(identifier: Identifier, emails: Sequence[str]) -> tuple[str, ...]:
    """Return who is to be mailed: those asked for, or every constructed address at the domain (BR §3.2.2.4.4)."""
    allowed = constructed_emails(identifier)
    wanted = tuple(dict.fromkeys(email.lower() for email in emails))
    for email in wanted:
        if email not in allowed:
            raise InvalidInput.for_field(
                "approver_email", f"{email} is not an approver address of {identifier}"
            )
    return wanted or allowed[:_CONSTRUCTED]


def _count(emails: Sequence[str]) -> int:
    return max(_CONSTRUCTED, len(emails))


def _found(by_name: dict[str, list[Validation]], domain: Domain) -> list[Validation]:
    names = domain.identifier.authorization_domain_names()
    return [validation for name in names for validation in by_name.get(name, [])]
