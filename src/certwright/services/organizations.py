"""Organizations: made and validated by the operator, named by OV and EV orders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain import rules
from certwright.domain.errors import Conflict, InvalidInput, NotFound
from certwright.domain.ids import AccountId, OrganizationId
from certwright.domain.organization import Organization, OrganizationValidation
from certwright.domain.product import ValidationLevel
from certwright.services.ports import JobKind, NumberKind

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.account import Caller
    from certwright.domain.organization import Address
    from certwright.services.ports import Clock, Store

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
        validation = OrganizationValidation(
            level=level, validated_at=now, valid_until=until or latest, evidence=evidence
        )
        async with self._store.writing() as work:
            found = await work.organizations.find(organization_id)
            if found is None:
                raise NotFound("organization")
            if level is ValidationLevel.EV and not found.registration_number:
                # EV Guidelines §7.1.4.2.4: the subject's serialNumber is the registration number.
                raise Conflict("EV needs the organization's registration number, which is not known")
            await work.organizations.set_validation(organization_id, validation)
            for order in await work.orders.find_awaiting_organization(organization_id):
                await work.jobs.enqueue(JobKind.ADVANCE_ORDER, order.id, now)
            return await work.organizations.get(found.account_id, organization_id)

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

    async def list_all(self) -> list[Organization]:
        """List the organizations of all accounts; for the operator."""
        async with self._store.reading() as work:
            return await work.organizations.list_all()


def _check(new: NewOrganization) -> None:
    texts = {
        "name": new.name,
        "address": new.address.line1,
        "city": new.address.city,
        "state": new.address.state,
        "postal_code": new.address.postal_code,
        "phone": new.phone,
    }
    optional = {
        "address2": new.address.line2,
        "assumed_name": new.assumed_name,
        "registration_number": new.registration_number,
    }
    for field, text in optional.items():
        if len(text) > _MAX_TEXT_LENGTH or not text.isprintable():
            raise InvalidInput.for_field(
                field, f"The organization's {field} has at most {_MAX_TEXT_LENGTH} printable characters"
            )
    for field, text in texts.items():
        if not text.strip() or len(text) > _MAX_TEXT_LENGTH or not text.isprintable():
            raise InvalidInput.for_field(
                field, f"The organization's {field} has 1 to {_MAX_TEXT_LENGTH} printable characters"
            )
    if not _COUNTRY.fullmatch(new.address.country):
        raise InvalidInput.for_field("country", "The country is a two-letter ISO 3166 code such as MY")
