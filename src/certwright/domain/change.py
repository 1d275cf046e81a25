"""The record of one status change: who moved which order from where to where, when and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.ids import AccountId, APIKeyId, CertificateId, OrderId
    from certwright.domain.status import Action, OrderStatus


class ActorKind(StrEnum):
    """What kind of party made a change."""

    KEY = "key"
    OPERATOR = "operator"
    APPLICANT = "applicant"
    WORKER = "worker"
    CA = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who made a change: an API key (by id), the operator, an applicant by e-mail, the worker, or the CA."""

    kind: ActorKind
    id: str = ""

    @classmethod
    def for_key(cls, key_id: APIKeyId) -> Actor:
        """Name the API key that made a request."""
        return cls(kind=ActorKind.KEY, id=str(key_id))

    def __str__(self) -> str:
        return f"{self.kind.value}:{self.id}" if self.id else self.kind.value


WORKER = Actor(kind=ActorKind.WORKER)
OPERATOR = Actor(kind=ActorKind.OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """One applied action; written in the transaction that applied it and never altered.

    ``sequence`` numbers the changes of an account 1, 2, 3 … without gaps, in the order in which they were
    committed. It is 0 until the change has been stored.
    """

    account_id: AccountId
    order_id: OrderId
    certificate_id: CertificateId
    action: Action
    from_status: OrderStatus | None
    to_status: OrderStatus
    actor: Actor
    reason: str
    changed_at: datetime
    sequence: int = 0
