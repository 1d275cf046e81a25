"""Tests of a text column whose values are kept in lower case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.query import Contains

if TYPE_CHECKING:
    from collections.abc import Callable

    from certwright.domain.query import CustomValueTest, OneOf
    from certwright.store.engine import Bindable

_LONGEST = 10_000  # SQLite refuses patterns of 50 kB, and nothing longer is stored


def text_clause(column: str, test: Contains | OneOf, bind: Callable[[Bindable], str]) -> str:
    """Return the condition that the column passes a test."""
    if isinstance(test, Contains):
        if len(test.text) > _LONGEST:
            return "1 = 0"
        escaped = test.text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
        return f"{column} LIKE {bind(f'%{escaped}%')} ESCAPE '!'"
    bound = [bind(str(value).lower()) for value in dict.fromkeys(test.values)]
    return f"{column} IN ({', '.join(bound)})" if bound else "1 = 0"


def custom_value_clause(test: CustomValueTest, order_id: str, bind: Callable[[Bindable], str]) -> str:
    """Return the condition that an order has a value that passes a test; ``order_id`` is the outer query's column."""
    clauses = [f"v.order_id = {order_id}"]
    if test.field_id is not None:
        clauses.append(f"v.field_id = {bind(test.field_id)}")
    if test.value is not None:
        clauses.append(text_clause("v.value_key", test.value, bind))
    return f"EXISTS (SELECT 1 FROM custom_values v WHERE {' AND '.join(clauses)})"
