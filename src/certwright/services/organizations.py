"""Organizations: made and validated by the operator, named by OV and EV orders."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.domain import NOTICE_BEFORE
from certwright.domain.errors import Conflict, Fault, InvalidInput, NotFound
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import (
    Organization,
    OrganizationStatus,
    OrganizationValidation,
    ReviewStatus,
)
from certwright.domain.product import ValidationLevel
from certwright.domain.webhook import EventKind, Subject
from certwright.services.announcing import announce
from certwright.services.contacts import is_email_address
from certwright.services.ports import JobKind, NumberKind

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.organization import Address, OrganizationContact
    from certwright.domain.query import OrganizationPage, OrganizationQuery
    from certwright.services.ports import Clock, Store, UnitOfWork

_MAX_TEXT_LENGTH = 64  # RFC 5280 App. A.1: ub-organization-name, ub-locality-name, ub-state-name
_COUNTRY = re.compile("[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganization:
    """What an operator or a client says of an organization."""

    name: str
    address: Address
    phone: str
    assumed_name: str = ""
    registration_number: str = ""
    contact: OrganizationContact | None = None


class Organizations:
    """Makes, lists and validates organizations."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, account_id: AccountId, new: NewOrganization) -> Organization:
        """Store an organization that nobody has validated yet.

        Raises:
            InvalidInput: a field is empty or too long, or the country is no ISO 3166 code.
            NotFound: no such account.
        """
        _check(new)
        (number,) = await self._store.allot(NumberKind.ORGANIZATION)
        organization = Organization(
            id=OrganizationId(number),
            account_id=account_id,
            name=new.name,
            address=new.address,
            phone=new.phone,
            created_at=self._clock.now(),
            assumed_name=new.assumed_name,
            registration_number=new.registration_number,
            contact=new.contact,
        )
        async with self._store.writing() as work:
            await work.accounts.get(account_id)
            await work.organizations.add(organization)
        return organization

    async def approve(
        self,
        organization_id: OrganizationId,
        level: ValidationLevel,
        *,
        until: datetime | None = None,
        evidence: str = "",
    ) -> Organization:
        """Record that the organization's identity was checked, and wake the orders that wait for it.

        ``until`` is at most what BR §4.2.1 allows, which is also the default.

        Raises:
            NotFound: no such organization.
            InvalidInput: ``until`` lies in the past or beyond the limit.
            Conflict: EV is asked for and the registration number is missing.
        """
        now = self._clock.now()
        latest = now + rules.max_identity_age(now)
        if until is not None and not now < until <= latest:
            raise InvalidInput.for_field(
                "until", f"The validation must end between now and {latest:%Y-%m-%d}"
            )
        async with self._store.writing() as work:
            found = await self._known(work, organization_id)
            _check_registration(found, level)
            approved = OrganizationValidation(
                level=level,
                status=ReviewStatus.APPROVED,
                submitted_at=_submitted_at(found, level, now),
                decided_at=now,
                valid_until=until or latest,
                evidence=evidence,
            )
            await work.organizations.set_validation(organization_id, approved)
            about = Subject(organization_id=organization_id)
            await announce(work, found.account_id, EventKind.ORGANIZATION_VALIDATED, about, at=now)
            await work.jobs.enqueue(JobKind.LOOK_AT_ORGANIZATION, organization_id, now)
            for order in await work.orders.find_awaiting_organization(organization_id):
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return await work.organizations.get(found.account_id, organization_id)

    async def reject(
        self, organization_id: OrganizationId, level: ValidationLevel, *, evidence: str
    ) -> Organization:
        """Record that the organization's identity could not be confirmed; its orders wait until it is, or lapse.

        Raises:
            NotFound: no such organization.
            InvalidInput: no reason is given.
        """
        if not evidence.strip():
            raise InvalidInput.for_field("evidence", "A rejection needs a reason")
        now = self._clock.now()
        async with self._store.writing() as work:
            found = await self._known(work, organization_id)
            rejected = OrganizationValidation(
                level=level,
                status=ReviewStatus.REJECTED,
                submitted_at=_submitted_at(found, level, now),
                decided_at=now,
                evidence=evidence,
            )
            await work.organizations.set_validation(organization_id, rejected)
            for order in await work.orders.find_awaiting_organization(organization_id):
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return await work.organizations.get(found.account_id, organization_id)

    async def set_active(self, caller: Caller, organization_id: OrganizationId, *, active: bool) -> None:
        """Say whether new orders may name an organization.

        Raises:
            NotFound: no such organization in this account.
        """
        status = OrganizationStatus.ACTIVE if active else OrganizationStatus.INACTIVE
        async with self._store.writing() as work:
            found = await work.organizations.get(caller.account_id, organization_id)
            await work.organizations.save(replace(found, status=status))

    async def announce_end(self, organization_id: OrganizationId) -> timedelta | None:
        """Tell the account when the last of its organization's validations ends soon, or has ended.

        Returns how long there will be nothing new; ``None`` when only another validation is news.
        """
        now = self._clock.now()
        async with self._store.writing() as work:
            found = await work.organizations.find(organization_id)
            if found is None or found.validated_until is None:
                return None
            left = found.validated_until - now
            if left > NOTICE_BEFORE:
                return left - NOTICE_BEFORE
            has_ended = left <= timedelta(0)
            kind = EventKind.ORGANIZATION_EXPIRED if has_ended else EventKind.ORGANIZATION_ENDING
            await announce(work, found.account_id, kind, Subject(organization_id=organization_id), at=now)
        return None if has_ended else left

    async def submit(
        self, caller: Caller, organization_id: OrganizationId, level: ValidationLevel
    ) -> Organization:
        """Ask for the organization's validation, ahead of any order.

        Raises:
            NotFound: no such organization in this account.
            Conflict: EV is asked for and the registration number is missing.
        """
        async with self._store.writing() as work:
            found = await work.organizations.get(caller.account_id, organization_id)
            _check_registration(found, level)
            await submit_for_validation(work, found, level, self._clock.now())
            return await work.organizations.get(caller.account_id, organization_id)

    async def update_contact(
        self, caller: Caller, organization_id: OrganizationId, contact: OrganizationContact
    ) -> Organization:
        """Set the person against whom the organization is checked.

        Raises:
            NotFound: no such organization in this account.
            InvalidInput: a field is empty, too long or malformed.
        """
        _check_contact(contact)
        async with self._store.writing() as work:
            found = await work.organizations.get(caller.account_id, organization_id)
            await work.organizations.save(replace(found, contact=contact))
            return await work.organizations.get(caller.account_id, organization_id)

    async def find(self, organization_id: OrganizationId) -> Organization:
        """Return an organization of any account; for the operator.

        Raises:
            NotFound: no such organization.
        """
        async with self._store.reading() as work:
            return await self._known(work, organization_id)

    async def _known(self, work: UnitOfWork, organization_id: OrganizationId) -> Organization:
        found = await work.organizations.find(organization_id)
        if found is None:
            raise NotFound("organization")
        return found

    async def get(self, caller: Caller, organization_id: OrganizationId) -> Organization:
        """Return an organization of the caller's account.

        Raises:
            NotFound: no such organization in this account.
        """
        async with self._store.reading() as work:
            return await work.organizations.get(caller.account_id, organization_id)

    async def list_of(self, caller: Caller) -> list[Organization]:
        """List the organizations of the caller's account by id."""
        async with self._store.reading() as work:
            return await work.organizations.list_of_account(caller.account_id)

    async def search(self, query: OrganizationQuery) -> OrganizationPage:
        """Return a page of the account's organizations that match, and how many match in all, exactly."""
        async with self._store.reading() as work:
            return await work.organizations.search(query)

    async def list_all(self) -> list[Organization]:
        """List the organizations of all accounts; for the operator."""
        async with self._store.reading() as work:
            return await work.organizations.list_all()


async def submit_for_validation(
    work: UnitOfWork, organization: Organization, level: ValidationLevel, at: datetime
) -> None:
    """Put an organization into the operator's queue for a level, unless it is there or validated."""
    if level is ValidationLevel.DV or organization.is_validated_for(level, at):
        return
    if any(v.level is level and v.status is ReviewStatus.PENDING for v in organization.validations):
        return
    pending = OrganizationValidation(level=level, status=ReviewStatus.PENDING, submitted_at=at)
    await work.organizations.set_validation(organization.id, pending)


def _check_registration(organization: Organization, level: ValidationLevel) -> None:
    if level is ValidationLevel.EV and not organization.registration_number:
        # EV Guidelines §7.1.4.2.4: the subject's serialNumber is the registration number.
        raise Conflict("EV needs the organization's registration number, which is not known")


def _submitted_at(organization: Organization, level: ValidationLevel, at: datetime) -> datetime:
    return next((v.submitted_at for v in organization.validations if v.level is level), at)


def _check_contact(contact: OrganizationContact) -> None:
    _refuse(_contact_faults(contact, ""))


def _check(new: NewOrganization) -> None:
    contact = [] if new.contact is None else _contact_faults(new.contact, "contact.")
    lengths = _length_faults(
        {
            "name": new.name,
            "address1": new.address.line1,
            "city": new.address.city,
            "state": new.address.state,
            "postal_code": new.address.postal_code,
            "phone": new.phone,
        },
        {
            "address2": new.address.line2,
            "assumed_name": new.assumed_name,
            "registration_number": new.registration_number,
        },
    )
    is_code = _COUNTRY.fullmatch(new.address.country) is not None
    _refuse([*lengths, *([] if is_code else [Fault(field="country", message="invalid format")]), *contact])


def _contact_faults(contact: OrganizationContact, prefix: str) -> list[Fault]:
    lengths = _length_faults(
        {
            f"{prefix}first_name": contact.first_name,
            f"{prefix}last_name": contact.last_name,
            f"{prefix}email": contact.email,
            f"{prefix}phone": contact.phone,
        },
        {f"{prefix}job_title": contact.job_title},
    )
    if is_email_address(contact.email):
        return lengths
    return [*lengths, Fault(field=f"{prefix}email", message="invalid format")]


def _length_faults(required: Mapping[str, str], optional: Mapping[str, str]) -> list[Fault]:
    checked = [(1, required), (0, optional)]
    return [
        Fault(field=field, message=f"invalid length - min: {least} | max: {_MAX_TEXT_LENGTH}")
        for least, texts in checked
        for field, text in texts.items()
        if not least <= len(text.strip()) or len(text) > _MAX_TEXT_LENGTH or not text.isprintable()
    ]


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise InvalidInput("Field validation error.", faults=tuple(faults))
