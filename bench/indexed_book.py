"""A reseller's book as an index reads it, for any number of orders, and random questions about it.

Names are those of ``bench.names``; orders come evenly over three years. Numbers are drawn by blocks, for there are many.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.lives import PATHS, SHARES
from bench.names import common_name, customer_domain
from certwright.domain.ids import AccountId
from certwright.domain.query import (
    NEWEST_FIRST,
    Between,
    Condition,
    Contains,
    OneOf,
    OrderField,
    OrderQuery,
    SortKey,
)
from certwright.services.ports import IndexedOrder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from certwright.domain.status import OrderStatus

ACCOUNT = AccountId(1)
PAGE_SIZE = 20
YEAR = 365 * 86_400 * 1_000_000
SECOND = 1_000_000
_START = 1_700_000_000 * SECOND
_FIRST_ID = 1_000_001
_BLOCK = 1 << 16
_ORDERS_PER_CUSTOMER = 25
_STATUSES = [status.value for status in PATHS]
_WITH_CERTIFICATE = {"issued", "expired", "revoked", "reissue_pending"}
_PRODUCTS = ("positivessl", "sectigo-ssl", "alphassl")
_F = OrderField


class IndexedBook:
    """Draws the rows of a book of a size, and further ones."""

    def __init__(self, size: int, seed: int = 2026) -> None:
        self.size = size
        self.next = 0
        self.drawing_seconds = 0.0  # of CPU
        self._rng = np.random.default_rng(seed)
        self._interval = 3 * YEAR // size
        customers = max(10, size // _ORDERS_PER_CUSTOMER)
        self._domains = [customer_domain(customer) for customer in range(customers)]
        weights = np.cumsum(1 / np.arange(1, customers + 1))
        self._weights = weights / weights[-1]

    def batches(self) -> Iterator[list[IndexedOrder]]:
        """Give the rows of the book."""
        while self.next < self.size:
            yield self.rows(min(_BLOCK, self.size - self.next))

    def rows(self, count: int) -> list[IndexedOrder]:
        """Draw the next rows."""
        rng, begun = self._rng, time.process_time()
        first = self.next
        self.next += count
        columns = (
            range(first, first + count),
            np.searchsorted(self._weights, rng.random(count)).tolist(),
            rng.random(count).tolist(),
            rng.integers(0, 10_000, count).tolist(),
            rng.choice(_STATUSES, count, p=np.array(SHARES) / sum(SHARES)).tolist(),
            rng.integers(0, self._interval + 1, count).tolist(),
            rng.integers(0, 600 * SECOND, count).tolist(),
        )
        rows = [self._row(*values) for values in zip(*columns, strict=True)]
        self.drawing_seconds += time.process_time() - begun
        return rows

    def _row(
        self, number: int, customer: int, kind: float, host: int, status: str, jitter: int, delay: int
    ) -> IndexedOrder:
        domain = self._domains[customer]
        name = common_name(domain, kind, host)
        created_at = _START + number * self._interval + jitter % max(1, self._interval)
        term = 1 + host % 5 // 3 + host % 25 // 24
        product = "positivessl-wildcard" if name.startswith("*.") else _PRODUCTS[host % 3]
        has_certificate = status in _WITH_CERTIFICATE
        return IndexedOrder(
            id=_FIRST_ID + number,
            created_at=created_at,
            status=status,
            common_name=name,
            other_names=(f"www.{domain}",) if name == domain else (),
            email=f"admin@{domain}",
            product_key=product,
            organization_id=customer % 5_000 if customer % 10 == 0 else None,
            placed_by=1 + host % 7,
            certificate_id=_FIRST_ID + number + (host % 50) * (status == "reissue_pending"),
            not_after=(created_at + term * YEAR) // SECOND * SECOND if has_certificate else None,
            status_changed_at=created_at + delay if status not in {"pending", "needs_csr"} else created_at,
            term_years=term,
            is_renewed=int(host % 3 == 0 and status == "expired"),
            is_revoked=0,
            product=product,
        )


class Questions:
    """Draws random questions about a book; each kind has a name."""

    def __init__(self, book: IndexedBook, sample: list[IndexedOrder], seed: int = 7) -> None:
        self._rng = random.Random(seed)
        self._book = book
        self._sample = sample

    @property
    def kinds(self) -> dict[str, Callable[[], OrderQuery]]:
        """What can be asked, by name."""
        return {
            "no filter, any page": self._query,
            "equality filters, any page": lambda: self._query(*self._equalities()),
            "common name equal": lambda: self._query(self._condition(_F.COMMON_NAME, OneOf((self._name(),)))),
            "any name equal": lambda: self._query(self._condition(_F.NAME, OneOf((self._name(),)))),
            "e-mail equal": lambda: self._query(self._condition(_F.EMAIL, OneOf((self._pick().email,)))),
            "substring of a name": lambda: self._query(self._holds(_F.COMMON_NAME, self._part())),
            "substring of no name": lambda: self._query(self._holds(_F.COMMON_NAME, self._foreign())),
            "substring and equality": lambda: self._query(
                self._holds(_F.COMMON_NAME, self._part()), *self._equalities()
            ),
            "substring of any name": lambda: self._query(self._holds(_F.NAME, self._part())),
            "substring of e-mail": lambda: self._query(self._holds(_F.EMAIL, self._part("email"))),
            "substring of e-mail or name": lambda: self._query(
                self._holds(_F.EMAIL_OR_COMMON_NAME, self._part())
            ),
            "created or ending in a span": lambda: self._query(self._span()),
            "sorted, any page": self._sorted,
            "sorted, equality filters": lambda: self._sorted(*self._equalities()),
            "sorted, substring": lambda: self._sorted(self._holds(_F.COMMON_NAME, self._part())),
        }

    def _query(self, *conditions: Condition, sort: tuple[SortKey, ...] = NEWEST_FIRST) -> OrderQuery:
        depth = self._rng.choice((0, self._rng.random()))
        return OrderQuery(
            account_id=ACCOUNT,
            conditions=conditions,
            sort=sort,
            offset=int(depth * self._book.size / 4 ** len(conditions)),
            limit=PAGE_SIZE,
        )

    def _sorted(self, *conditions: Condition) -> OrderQuery:
        fields = (_F.ID, _F.COMMON_NAME, _F.STATUS, _F.TERM_YEARS, _F.PRODUCT_KEY, _F.NOT_AFTER)
        field = self._rng.choice((*fields, _F.CERTIFICATE_ID, _F.STATUS_CHANGED_AT))
        sort = (SortKey(field=field, descending=self._rng.random() < 0.5),)
        return self._query(*conditions, sort=sort)

    def _pick(self) -> IndexedOrder:
        return self._rng.choice(self._sample)

    def _name(self) -> str:
        return self._pick().common_name

    def _part(self, field: str = "common_name") -> str:
        text: str = getattr(self._pick(), field)
        length = min(self._rng.randint(2, 20), len(text))
        begin = self._rng.randint(0, len(text) - length)
        return text[begin : begin + length]

    def _foreign(self) -> str:
        """Return letters that are hardly found together."""
        first, second = self._part(), self._part()
        return (first[: len(first) // 2] + second[: len(second) // 2 + 1])[:20]

    def _equalities(self) -> list[Condition]:
        row = self._pick()
        values: dict[OrderField, Any] = {
            _F.STATUS: row.status,
            _F.PRODUCT_KEY: row.product_key,
            _F.PLACED_BY: row.placed_by,
            _F.TERM_YEARS: row.term_years,
            _F.IS_RENEWED: row.is_renewed,
            _F.ORGANIZATION_ID: row.organization_id,
        }
        fields = self._rng.sample(sorted(values), self._rng.randint(1, 3))
        return [
            self._condition(field, OneOf((values[field],))) for field in fields if values[field] is not None
        ]

    def _span(self) -> Condition:
        field = self._rng.choice((_F.CREATED_AT, _F.NOT_AFTER, _F.STATUS_CHANGED_AT))
        low = _START + self._rng.randrange(4 * YEAR)
        return self._condition(field, Between(low=low, high=low + self._rng.randrange(YEAR // 4)))

    @staticmethod
    def _holds(field: OrderField, text: str) -> Condition:
        return Condition(field, Contains(text))

    @staticmethod
    def _condition(field: OrderField, test: Any) -> Condition:
        return Condition(field, test)


def changed(row: IndexedOrder, status: OrderStatus, at: int) -> IndexedOrder:
    """Return a row as a change of status leaves it."""
    return row._replace(status=status.value, status_changed_at=at)
