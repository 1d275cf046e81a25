"""The order index answers as a plain reading of the query would, also after it was saved and loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.ids import AccountId
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.search.book_index import BookIndex
from certwright.search.errors import UnusableSnapshot
from certwright.services.ports.indexing import BookState, IndexedOrder

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT = AccountId(1)


def row(number: int, **changes: Any) -> IndexedOrder:
    made = IndexedOrder(
        id=number,
        created_at=number,
        status="pending",
        common_name=f"host{number}.example",
        other_names=(),
        email="",
        product_key="ssl123",
        organization_id=None,
        placed_by=1,
        certificate_id=number,
        not_after=None,
        status_changed_at=number,
        term_years=1,
        is_renewed=0,
    )
    return made._replace(**changes)


def search(index: BookIndex, *conditions: Condition) -> list[int]:
    found = index.find(OrderQuery(account_id=ACCOUNT, conditions=conditions))
    assert found is not None
    assert found.total == len(found.order_ids)
    return list(found.order_ids)


def test_changes_are_found(tmp_path: Path) -> None:
    index = BookIndex.build(ACCOUNT, BookState(1, 0), [[row(1), row(2)], [row(3)]])
    index.apply([row(2, status="issued")], BookState(2, 0))
    index.save(tmp_path / "book")
    for each in (index, BookIndex.load(tmp_path / "book")):
        assert (len(each), each.state) == (3, BookState(2, 0))
        assert search(each) == [3, 2, 1]
        assert search(each, Condition(OrderField.STATUS, OneOf(("issued",)))) == [2]
        assert search(each, Condition(OrderField.COMMON_NAME, Contains("t3."))) == [3]
        assert list(each.differences([row(1), row(3)])) == ["order 2 is not in the book"]


def test_a_damaged_snapshot_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book"
    BookIndex.build(ACCOUNT, BookState(), [[row(1)]]).save(path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(UnusableSnapshot):
        BookIndex.load(path)
