"""Domains of an account: names whose control is proved ahead of any order, and again before the proof runs out.

The proofs are ``Validation`` records like those of orders, and one proof serves both: a domain is proved by any fresh
validation of its account that covers its name, and a domain's own proof saves every later order one.

What the account has been told of a domain goes in one circle:

    (nothing) ── proved ──> validated ── 30 days before its end ──> ending ── its end ──> expired ── proved ──> validated
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.identifier import Identifier

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from certwright.domain.dcv import Validation
    from certwright.domain.ids import AccountId, DomainId, OrganizationId
    from certwright.domain.organization import Organization
    from certwright.domain.product import ValidationLevel

NOTICE_BEFORE = timedelta(days=30)
"""How long before the end of a validation its account is told to renew it."""


class Told(StrEnum):
    """What an account was last told of a domain."""

    VALIDATED = "validated"
    ENDING = "ending"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """A FQDN of an account, never with ``*.``; ``levels`` are what it is to be validated for.

    ``submitted_at`` is when its proof was last asked for. ``version`` guards every update.
    """

    id: DomainId
    account_id: AccountId
    name: str
    method: DCVMethod
    levels: tuple[ValidationLevel, ...]
    created_at: datetime
    submitted_at: datetime
    organization_id: OrganizationId | None = None
    is_active: bool = True
    told: Told | None = None
    version: int = 0

    @property
    def identifier(self) -> Identifier:
        """The name as an identifier."""
        return Identifier(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainView:
    """A domain with its organization, its best proof, and its own validations that still wait.

    ``proof`` is the fresh one that lasts longest; where none is fresh, the domain's own that ended last.
    """

    domain: Domain
    organization: Organization | None
    proof: Validation | None
    pending: tuple[Validation, ...]

    def is_proved(self, at: datetime) -> bool:
        """Whether control of the domain is proved."""
        return self.proof is not None and self.proof.covers(self.domain.identifier, at)

    def waits_for_value(self, at: datetime) -> bool:
        """Whether a value may still be published that has to be looked for."""
        return any(v.method is not DCVMethod.EMAIL and at < v.value_expires_at for v in self.pending)

    def time_to_news(self, at: datetime) -> timedelta | None:
        """Return how long the account needs to be told nothing more; ``None`` when only a new proof is news."""
        ends_at = self.proof.ends_at if self.proof is not None else None
        if ends_at is None or at >= ends_at:
            return None
        left = ends_at - at
        return left - NOTICE_BEFORE if left > NOTICE_BEFORE else left


def best_proof(domain: Domain, validations: Iterable[Validation], at: datetime) -> Validation | None:
    """Choose the fresh validation that covers the domain for longest, else the one that ended last."""
    given = [v for v in validations if v.status is ValidationStatus.VALID]
    fresh = [v for v in given if v.covers(domain.identifier, at)]
    own = [v for v in given if v.order_id is None and v.domain == domain.name]
    return max(fresh or own, key=lambda v: v.ends_at or at, default=None)


def news(domain: Domain, proof: Validation | None, at: datetime) -> Told | None:
    """Return what the account has to be told of the domain now, if that is new."""
    ends_at = proof.ends_at if proof is not None and proof.covers(domain.identifier, at) else None
    if ends_at is not None:
        due = Told.ENDING if ends_at - at <= NOTICE_BEFORE else Told.VALIDATED
        if domain.told in {None, Told.EXPIRED}:
            due = Told.VALIDATED
    elif domain.told in {Told.VALIDATED, Told.ENDING}:
        due = Told.EXPIRED
    else:
        return None
    return None if due is domain.told else due
