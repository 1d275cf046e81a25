"""A query read plainly, over values in lists: what every implementation of the search must answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from certwright.domain.query import Between, Contains, OneOf, OrderField, SortKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from certwright.domain.query import Condition, OrderQuery

T = TypeVar("T")

F = OrderField


def cased(field: OrderField, value: Any) -> Any:
    """Return a value as it is compared: hex in capitals, all other text in lower case."""
    if not isinstance(value, str):
        return value
    return value.upper() if field in {F.SERIAL_NUMBER, F.THUMBPRINT} else value.lower()


def passes(value: Any, condition: Condition) -> bool:
    def compared(given: Any) -> Any:
        return cased(condition.field, given)

    value = compared(value)
    if value is None:
        return False
    match condition.test:
        case OneOf(values=values):
            return value in map(compared, values)
        case Contains(text=text):
            return compared(text) in value
        case Between(low=low, high=high):
            return (low is None or compared(low) <= value) and (high is None or value <= compared(high))


def evaluate(
    book: Sequence[T], query: OrderQuery, values_of: Callable[[T, OrderField], list[Any]]
) -> tuple[list[T], int]:
    """Return a page of the orders that fulfill a query's conditions, and their number."""

    def fulfills(item: T, condition: Condition) -> bool:
        return any(passes(value, condition) for value in values_of(item, condition.field))

    found = [item for item in book if all(fulfills(item, condition) for condition in query.conditions)]
    for key in reversed(_whole_sort(query.sort)):

        def rank(item: T, key: SortKey = key) -> tuple[bool, Any]:
            (value,) = (cased(key.field, value) for value in values_of(item, key.field))
            return (value is not None, 0 if value is None else value)

        found.sort(key=rank, reverse=key.descending)
    end = None if query.limit is None else query.offset + query.limit
    return found[query.offset : end], len(found)


def _whole_sort(sort: tuple[SortKey, ...]) -> tuple[SortKey, ...]:
    """Add the order of creation, in the direction of the last key, unless the id breaks all ties."""
    if any(key.field is F.ID for key in sort):
        return sort
    descending = bool(sort) and sort[-1].descending
    return (
        *sort,
        SortKey(field=F.CREATED_AT, descending=descending),
        SortKey(field=F.ID, descending=descending),
    )
