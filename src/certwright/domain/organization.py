"""Organizations and their validation, by which OV and EV orders wait or go on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.product import ValidationLevel

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, OrganizationId


class OrganizationStatus(StrEnum):
    """Whether an organization may be named in new orders."""

    ACTIVE = "active"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A postal address; ``country`` is an ISO 3166-1 alpha-2 code in upper case."""

    line1: str
    city: str
    state: str
    postal_code: str
    country: str
    line2: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The validated organization as it stands in a certificate's subject (BR §7.1.2.7.4)."""

    organization: str
    locality: str
    state: str
    country: str
    registration_number: str = ""


class ReviewStatus(StrEnum):
    """Where the check of an organization stands."""

    PENDING = "pending"  # an operator
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationValidation:
    """The check of the organization's identity for a level: asked for, then decided by a person on some evidence.

    ``valid_until`` is set with an approval.
    """

    level: ValidationLevel
    status: ReviewStatus
    submitted_at: datetime
    decided_at: datetime | None = None
    valid_until: datetime | None = None
    evidence: str = ""

    def is_fresh(self, at: datetime) -> bool:
        """Whether the validation may be used."""
        return self.status is ReviewStatus.APPROVED and self.valid_until is not None and at < self.valid_until


class Standing(StrEnum):
    """What the checks of an organization come to, whatever their level."""

    INITIAL = "initial"  # never asked for
    PENDING = "pending"
    REJECTED = "rejected"
    ACTIVE = "active"  # one is fresh, whatever else was asked for
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationContact:
    """The person against whom the organization is checked."""

    first_name: str
    last_name: str
    email: str
    phone: str
    job_title: str = ""


_BY_WEIGHT = (ReviewStatus.PENDING, ReviewStatus.REJECTED, ReviewStatus.APPROVED)

_STANDINGS = {
    None: Standing.INITIAL,
    ReviewStatus.PENDING: Standing.PENDING,
    ReviewStatus.REJECTED: Standing.REJECTED,
    ReviewStatus.APPROVED: Standing.EXPIRED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A legal person whose identity can be validated and put into certificates."""

    id: OrganizationId
    account_id: AccountId
    name: str
    address: Address
    phone: str
    created_at: datetime
    status: OrganizationStatus = OrganizationStatus.ACTIVE
    assumed_name: str = ""
    registration_number: str = ""
    contact: OrganizationContact | None = None
    validations: tuple[OrganizationValidation, ...] = ()

    def is_validated_for(self, level: ValidationLevel, at: datetime) -> bool:
        """Whether a fresh validation allows certificates of the level; EV serves OV too."""
        if level is ValidationLevel.DV:
            return True
        serving = {level, ValidationLevel.EV}
        return any(v.level in serving and v.is_fresh(at) for v in self.validations)

    @property
    def review(self) -> ReviewStatus | None:
        """The status of the check that matters most: one under way, else one that failed, else one that succeeded."""
        found = {validation.status for validation in self.validations}
        return next((status for status in _BY_WEIGHT if status in found), None)

    @property
    def validated_until(self) -> datetime | None:
        """When the last of the successful checks runs out."""
        return max((v.valid_until for v in self.validations if v.valid_until is not None), default=None)

    def standing(self, at: datetime) -> Standing:
        """Return what the checks come to."""
        if self.validated_until is not None and at < self.validated_until:
            return Standing.ACTIVE
        return _STANDINGS[self.review]

    def subject(self) -> Subject:
        """Return what goes into a certificate's subject."""
        return Subject(
            organization=self.name,
            locality=self.address.city,
            state=self.address.state,
            country=self.address.country,
            registration_number=self.registration_number,
        )
