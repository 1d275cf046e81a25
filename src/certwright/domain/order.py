"""The order: what a customer asked for, and the two functions that give it a status.

An order asks for one certificate at a time: its *current* certificate, whose id is allotted with the order's.
``place`` starts the life of an order and ``Order.apply`` moves it on by the table in ``domain.status``; each returns
the order together with the ``StatusChange`` to be stored in the same transaction. Nothing else ever assigns a
status. What can be derived (are all names validated? has the order run out?) is asked of data and time.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from certwright.domain.change import StatusChange
from certwright.domain.errors import Conflict
from certwright.domain.status import STARTS, TRANSITIONS, Action, OrderStatus

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.change import Actor
    from certwright.domain.dcv import DCVMethod
    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import (
        AccountId,
        APIKeyId,
        CertificateId,
        ContactId,
        OrderId,
        OrganizationId,
        ProductKey,
    )


LONGEST_REASON = 1000
"""How much is kept of a reason, which may be the note of a customer; feeds tell a thousand changes at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedName:
    """A name of an order and how its applicant means to prove control of it.

    ``approver_email`` is set for the e-mail method only. ``validation`` of the name lives in its own record
    (``domain.dcv.Validation``) because it outlives the order.
    """

    identifier: Identifier
    method: DCVMethod
    approver_email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """What an order carries for people and other systems; nothing here takes part in a decision."""

    email: str = ""
    company: str = ""
    comments: str = ""
    special_instruction: str = ""
    alternative_order_id: str = ""
    additional_emails: tuple[str, ...] = ()
    asked_days: int = 0  # how long the order was to last, where that was not asked for in years
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A customer's order for a certificate.

    ``names`` holds the common name first: the names of the certificate that is being asked for, or else of the current
    one. ``certificate_id`` is the current certificate, ``pending_certificate_id`` that of a reissue under way. ``version`` counts stored changes and guards every update: the store
    raises ``StaleRecord`` when the row has moved on. ``term_years`` is the life of the order (``expires_at``), which
    may be longer than that of any certificate made under it. ``status_reason`` says in a sentence why the order
    stands where it does and what has to happen next.
    """

    id: OrderId
    account_id: AccountId
    placed_by: APIKeyId
    product_key: ProductKey
    status: OrderStatus
    names: tuple[OrderedName, ...]
    term_years: int
    certificate_id: CertificateId
    created_at: datetime
    expires_at: datetime
    status_changed_at: datetime
    status_reason: str = ""
    random_value: str = ""
    pending_certificate_id: CertificateId | None = None
    organization_id: OrganizationId | None = None
    administrator_contact_id: ContactId | None = None
    technical_contact_id: ContactId | None = None
    renewal_of_order_id: OrderId | None = None
    renewed_by_order_id: OrderId | None = None
    details: OrderDetails = field(default_factory=OrderDetails)
    version: int = 0

    @property
    def common_name(self) -> Identifier:
        """The first name of the order."""
        return self.names[0].identifier

    @property
    def wanted_certificate_id(self) -> CertificateId:
        """The certificate that is being asked for, or else the current one."""
        return self.certificate_id if self.pending_certificate_id is None else self.pending_certificate_id

    @property
    def method(self) -> DCVMethod:
        """The method of the first name, which the dialects show as the order's own."""
        return self.names[0].method

    def can(self, action: Action) -> bool:
        """Whether the table allows the action now."""
        return (self.status, action) in TRANSITIONS

    def apply(self, action: Action, *, actor: Actor, reason: str, at: datetime) -> Applied:
        """Apply an action and return the moved order with the change to store.

        Raises:
            Conflict: the table has no such transition.
        """
        target = TRANSITIONS.get((self.status, action))
        if target is None:
            words = action.value.replace("_", " ")
            message = f"Unable to {words} an order that is {self.status.value.replace('_', ' ')}"
            raise Conflict(message)
        return _moved(self, self.status, action, target, actor=actor, reason=reason, at=at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """An order after an action, and the change that brought it there; ``earlier`` holds those not stored yet before it."""

    order: Order
    change: StatusChange
    earlier: tuple[StatusChange, ...] = ()

    @property
    def changes(self) -> tuple[StatusChange, ...]:
        """All changes that are to be stored with the order, in their order."""
        return (*self.earlier, self.change)

    def after(self, other: Applied | None) -> Applied:
        """Return the same behind an action that was not stored by itself, if there was one."""
        return self if other is None else replace(self, earlier=(*other.changes, *self.earlier))


def place(order: Order, *, actor: Actor, reason: str) -> Applied:
    """Start the life of an order whose status is one of ``STARTS``.

    Raises:
        Conflict: an order can't begin in that status.
    """
    if order.status not in STARTS:
        message = f"An order can't begin as {order.status.value}"
        raise Conflict(message)
    return _moved(order, None, Action.PLACE, order.status, actor=actor, reason=reason, at=order.created_at)


def _moved(
    order: Order,
    source: OrderStatus | None,
    action: Action,
    target: OrderStatus,
    *,
    actor: Actor,
    reason: str,
    at: datetime,
) -> Applied:
    reason = reason[:LONGEST_REASON]
    # A new order usually stands already as it is to stand, and a copy of it costs a twelfth of placing it.
    stands = (order.status, order.status_changed_at, order.status_reason) == (target, at, reason)
    moved = order if stands else replace(order, status=target, status_changed_at=at, status_reason=reason)
    change = StatusChange(
        account_id=order.account_id,
        order_id=order.id,
        certificate_id=order.certificate_id,
        action=action,
        from_status=source,
        to_status=target,
        actor=actor,
        reason=reason,
        changed_at=at,
    )
    return Applied(order=moved, change=change)
