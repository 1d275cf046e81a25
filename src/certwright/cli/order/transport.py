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
from certwright.domain.ids import CustomFieldId
from certwright.domain.order import OrderDetails, OrderedName
from certwright.services.idempotency import IdempotencyKey
from certwright.services.new_order import CheckedOrder, NewOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from certwright.domain.errors import CertwrightError
    from certwright.domain.product import Catalogue, Product


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

_COMPOSED = {"product", "names", "csr", "details", "idempotency_key", "custom_values"}
_PLAIN_FIELDS = tuple(name for name in NewOrder.__dataclass_fields__ if name not in _COMPOSED)
_plain_values = attrgetter(*_PLAIN_FIELDS)


class _Row(msgspec.Struct, array_like=True, tag=0, frozen=True):
    """A checked order in what travels: a product as its key, names and values without their types."""

    product: str
    names: list[tuple[str, str, str | None]]
    csr: CSR | None
    details: OrderDetails
    key: IdempotencyKey | None
    values: list[tuple[int, str]]
    plain: tuple[Any, ...]
    price_cents: int
    domains: frozenset[str]


class _RefusalRow(msgspec.Struct, array_like=True, tag=1, frozen=True):
    code: str
    reason: str


_DECODER = msgspec.msgpack.Decoder(list[_Row | _RefusalRow])


def pack(checked: Sequence[Checked]) -> bytes:
    """Write what a check found."""
    return msgspec.msgpack.encode(
        [_RefusalRow(each.code, each.reason) if isinstance(each, Refusal) else _row(each) for each in checked]
    )


def _row(checked: CheckedOrder) -> _Row:
    new = checked.new
    return _Row(
        product=new.product.key,
        names=[(name.identifier.name, name.method.value, name.approver_email) for name in new.names],
        csr=new.csr,
        details=new.details,
        key=new.idempotency_key,
        values=[(each.field_id, each.value) for each in new.custom_values],
        plain=_plain_values(new),
        price_cents=checked.price_cents,
        domains=checked.domains,
    )


def unpack(packed: bytes, catalogue: Catalogue) -> list[Checked]:
    """Read what was packed."""
    products: dict[str, Product] = {product.key: product for product in catalogue.products}
    return [
        Refusal(row.code, row.reason) if isinstance(row, _RefusalRow) else _order(row, products[row.product])
        for row in _DECODER.decode(packed)
    ]


def _order(row: _Row, product: Product) -> CheckedOrder:
    new = NewOrder(
        product=product,
        names=tuple(
            OrderedName(identifier=Identifier(name), method=DCVMethod(method), approver_email=approver)
            for name, method, approver in row.names
        ),
        csr=row.csr,
        details=row.details,
        idempotency_key=row.key,
        custom_values=tuple(GivenValue(CustomFieldId(number), value) for number, value in row.values),
        **dict(zip(_PLAIN_FIELDS, row.plain, strict=True)),
    )
    return CheckedOrder(new=new, price_cents=row.price_cents, domains=row.domains)
