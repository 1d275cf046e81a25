"""Checked orders between two processes: as plain values, for pickling them would take half as long as storing them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from certwright.domain.csr import CSR
from certwright.domain.custom_field import GivenValue
from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import Identifier
from certwright.domain.order import OrderDetails, OrderedName
from certwright.services.idempotency import IdempotencyKey
from certwright.services.new_order import CheckedOrder, NewOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.errors import CertwrightError
    from certwright.domain.product import Catalogue


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an order was refused: the stable code of the error, and its sentence."""

    code: str
    reason: str

    @classmethod
    def of(cls, error: CertwrightError) -> Refusal:
        """Tell of an error."""
        return cls(error.code, error.message)


Checked = CheckedOrder | Refusal

_CSR_FIELDS = tuple(CSR.__dataclass_fields__)
_DETAIL_FIELDS = tuple(OrderDetails.__dataclass_fields__)
_COMPOSED = {"product", "names", "csr", "details", "idempotency_key", "custom_values"}
_PLAIN_FIELDS = tuple(name for name in NewOrder.__dataclass_fields__ if name not in _COMPOSED)
_csr_values = attrgetter(*_CSR_FIELDS)
_detail_values = attrgetter(*_DETAIL_FIELDS)
_plain_values = attrgetter(*_PLAIN_FIELDS)


def pack(checked: Sequence[Checked]) -> bytes:
    """Write what a check found; a product is written as its key."""
    return msgspec.msgpack.encode(
        [(each.code, each.reason) if isinstance(each, Refusal) else _row(each) for each in checked]
    )


def _row(checked: CheckedOrder) -> tuple[Any, ...]:
    new, key = checked.new, checked.new.idempotency_key
    return (
        new.product.key,
        [(name.identifier.name, name.method.value, name.approver_email) for name in new.names],
        None if new.csr is None else _csr_values(new.csr),
        _detail_values(new.details),
        None if key is None else (key.text, key.fingerprint, key.field),
        [(each.field_id, each.value) for each in new.custom_values],
        _plain_values(new),
        checked.price_cents,
        list(checked.domains),
    )


def unpack(packed: bytes, catalogue: Catalogue) -> list[Checked]:
    """Read what was packed."""
    products = {product.key: product for product in catalogue.products}

    def order(row: list[Any]) -> CheckedOrder:
        product, names, csr, details, key, values, plain, price_cents, domains = row
        new = NewOrder(
            product=products[product],
            names=tuple(
                OrderedName(identifier=Identifier(name), method=DCVMethod(method), approver_email=approver)
                for name, method, approver in names
            ),
            csr=None if csr is None else CSR(**_named(_CSR_FIELDS, csr)),
            details=OrderDetails(**_named(_DETAIL_FIELDS, details)),
            idempotency_key=None if key is None else IdempotencyKey(*key),
            custom_values=tuple(GivenValue(*each) for each in values),
            **_named(_PLAIN_FIELDS, plain),
        )
        return CheckedOrder(new=new, price_cents=price_cents, domains=frozenset(domains))

    rows = msgspec.msgpack.decode(packed)
    return [Refusal(*row) if len(row) == len(Refusal.__slots__) else order(row) for row in rows]


def _named(names: Sequence[str], values: Sequence[Any]) -> dict[str, Any]:
    """Give values their names; what was a tuple is one again."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in zip(names, values, strict=True)
    }
