"""Ids as WebNIC writes them, derived from our numbers both ways without a table.

``orderId`` is a numeric text of ten digits that grows with time: our number plus two thousand million, which has ten
digits for every 31-bit number. A text that is no id of ours answers exactly as an id that was never handed out.
"""

from __future__ import annotations

from certwright.domain.errors import NotFound
from certwright.domain.ids import HIGHEST_ID, ContactId, OrderId, OrganizationId

_FIRST_ORDER = 2_000_000_000
_ORDER_DIGITS = 10
_CONTACT_PREFIX = "WNC"


def order_id_text(order_id: OrderId) -> str:
    """Write an order's number as an ``orderId``."""
    return str(_FIRST_ORDER + order_id)


def parse_order_id(text: str) -> OrderId:
    """Read an ``orderId``.

    Raises:
        NotFound: no order has such an id.
    """
    number = _number(text) - _FIRST_ORDER if len(text) == _ORDER_DIGITS else 0
    if not 0 < number <= HIGHEST_ID:
        raise NotFound("order")
    return OrderId(number)


def contact_id_text(contact_id: ContactId) -> str:
    """Write a contact's number as a ``contactId``, such as WNC970363."""
    return f"{_CONTACT_PREFIX}{contact_id}"


def parse_contact_id(text: str) -> ContactId:
    """Read a ``contactId``.

    Raises:
        NotFound: no contact has such an id.
    """
    number = _number(text.removeprefix(_CONTACT_PREFIX)) if text.startswith(_CONTACT_PREFIX) else 0
    if not 0 < number <= HIGHEST_ID:
        raise NotFound("contact")
    return ContactId(number)


def parse_organization_id(value: str | int) -> OrganizationId:
    """Read an ``organizationId``, a number that clients send as text or as it is.

    Raises:
        NotFound: no organization has such an id.
    """
    number = _number(str(value))
    if not 0 < number <= HIGHEST_ID:
        raise NotFound("organization")
    return OrganizationId(number)


def _number(text: str) -> int:
    """Return the number that a few ASCII digits without leading zeros stand for, and 0 for everything else."""
    is_plain = text.isascii() and text.isdigit() and len(text) <= _ORDER_DIGITS and not text.startswith("0")
    return int(text) if is_plain else 0
