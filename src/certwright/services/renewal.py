"""Renewing an order: when it is allowed, how old and new are linked, and what is left of the old one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.domain.errors import RenewalObstacle, RenewalRefused
from certwright.domain.status import OrderStatus

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.certificate import Certificate
    from certwright.domain.order import Order
    from certwright.domain.product import Product

_LATEST = timedelta(days=30)
"""How long after its end an order may still be renewed."""

_RENEWABLE = {OrderStatus.ISSUED, OrderStatus.EXPIRED}


def check_renewal(old: Order, product: Product, ends_at: datetime, now: datetime) -> None:
    """Refuse to renew an order that was renewed, has no certificate, or outside its window.

    ``ends_at`` is what ``renewal_end`` tells.

    Raises:
        RenewalRefused: with the rule that forbids it.
    """
    if old.renewed_by_order_id is not None:
        raise RenewalRefused("The order has been renewed already", obstacle=RenewalObstacle.RENEWED_ALREADY)
    if old.status not in _RENEWABLE:
        raise RenewalRefused(
            f"An order that is {old.status.value.replace('_', ' ')} can't be renewed",
            obstacle=RenewalObstacle.NOT_RENEWABLE,
        )
    window = timedelta(days=product.renewal_window_days)
    if now < ends_at - window:
        opens = f"{ends_at - window:%Y-%m-%d}"
        raise RenewalRefused(f"The order can be renewed from {opens}", obstacle=RenewalObstacle.TOO_EARLY)
    if now > ends_at + _LATEST:
        raise RenewalRefused("The order ended too long ago to be renewed", obstacle=RenewalObstacle.TOO_LATE)


def take_over(order: Order, old: Order, product: Product, now: datetime) -> Order:
    """Give a new order what is left of the time of the one that it renews."""
    left = max(old.expires_at - now, timedelta(0)) if product.keep_remaining_days else timedelta(0)
    return replace(order, expires_at=order.expires_at + left)


def renewal_end(order: Order, current: Certificate) -> datetime:
    """Return when an order runs out: with its certificate, if that was the end of it, or at the end of its term."""
    ended = current.not_after if order.status is OrderStatus.EXPIRED else None
    return ended or order.expires_at


def is_renewable(order: Order, current: Certificate, product: Product, now: datetime) -> bool:
    """Whether the order can be renewed now."""
    if product.retired:
        return False
    try:
        check_renewal(order, product, renewal_end(order, current), now)
    except RenewalRefused:
        return False
    return True
