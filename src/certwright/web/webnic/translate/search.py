"""Order Pagination Search: from filters and a page to a query, and from what was found to the answer.

``LIKE`` is a substring match in which ``%`` and ``_`` are plain characters, ``EQUAL`` takes one value or several with
commas between them, as a sibling of this call does. Case never matters, neither in operators nor in values. On a status both
compare with the words that answers show, so that a filter finds what it says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certwright.domain.errors import NotFound
from certwright.domain.ids import HIGHEST_ID
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.web.webnic.schemas import SearchAnswer, SearchItem
from certwright.web.webnic.translate.faults import MISSING, invalid_parameter
from certwright.web.webnic.translate.ids import order_id_text
from certwright.web.webnic.translate.instants import instant_text
from certwright.web.webnic.translate.statuses import (
    CERTIFICATE_WORDS,
    ORDER_WORDS,
    status_words,
    statuses_of_certificate_word,
    statuses_of_order_word,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from certwright.domain.ids import AccountId
    from certwright.domain.order import Order
    from certwright.domain.product import Catalogue
    from certwright.domain.query import FoundOrder, OrderPage
    from certwright.domain.status import OrderStatus
    from certwright.web.webnic.schemas import Pagination, SearchFilter, SearchRequest

LARGEST_PAGE = 1000
"""The most items of a page, and the size of the page that is answered when none was asked for."""

MOST_FILTERS = 50

_LONGEST_VALUE = 255  # a domain name has at most 253 characters
_OPERATORS = ("LIKE", "EQUAL")


class _StatusField(NamedTuple):
    """A status filter: the words it takes, and which of our statuses are shown under each."""

    words: tuple[str, ...]
    statuses_of: Callable[[str], tuple[OrderStatus, ...]]


_STATUS_FIELDS = {
    "orderStatus": _StatusField(ORDER_WORDS, statuses_of_order_word),
    "certStatus": _StatusField(CERTIFICATE_WORDS, statuses_of_certificate_word),
}
_NAME_FIELD = "commonName"
_FIELDS = (_NAME_FIELD, *_STATUS_FIELDS)


def order_query(account_id: AccountId, request: SearchRequest) -> OrderQuery:
    """Translate a search into a query of the account's orders, newest first.

    Raises:
        InvalidParameters: naming the part of the request that can't be used.
    """
    filters = request.filters or []
    if len(filters) > MOST_FILTERS:
        raise invalid_parameter("filters", f"at most {MOST_FILTERS} filters")
    conditions = tuple(_condition(item, f"filters[{index}]") for index, item in enumerate(filters))
    page, size = _page_and_size(request.pagination)
    # No order lies beyond the highest id, and databases count in 64 bits.
    offset = min((page - 1) * size, HIGHEST_ID)
    return OrderQuery(account_id=account_id, conditions=conditions, offset=offset, limit=size)


def search_answer(request: SearchRequest, found: OrderPage, catalogue: Catalogue) -> SearchAnswer:
    """Write a page of orders; without a page size asked for, the size is that of the one page that holds everything."""
    _, size = _page_and_size(request.pagination)
    was_asked = request.pagination is not None and request.pagination.page_size is not None
    return SearchAnswer(
        page_size=size if was_asked else min(size, found.total),
        total_pages=-(-found.total // size),
        total_items=found.total,
        items=[_item(item, catalogue) for item in found.items],
    )


def name_query(account_id: AccountId, common_name: str) -> OrderQuery:
    """Ask for the newest order of a common name."""
    condition = _name_condition("EQUAL", common_name, _NAME_FIELD)
    return OrderQuery(account_id=account_id, conditions=(condition,), limit=1)


def product_name(order: Order, catalogue: Catalogue) -> str:
    """Return the display name of an order's product, or its key where the operator has taken it off the catalogue."""
    try:
        return catalogue.get(order.product_key).name
    except NotFound:
        return order.product_key


def _page_and_size(pagination: Pagination | None) -> tuple[int, int]:
    page = 1 if pagination is None or pagination.page is None else pagination.page
    size = LARGEST_PAGE if pagination is None or pagination.page_size is None else pagination.page_size
    if page < 1:
        raise invalid_parameter("pagination.page", "must be at least 1")
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid_parameter("pagination.pageSize", f"must be 1 to {LARGEST_PAGE}")
    return page, size


def _condition(item: SearchFilter, path: str) -> Condition:
    if item.field not in _FIELDS:
        raise invalid_parameter(f"{path}.field", f"must be one of {', '.join(_FIELDS)}")
    operator = (item.operator or ("LIKE" if item.field == _NAME_FIELD else "EQUAL")).upper()
    if operator not in _OPERATORS:
        raise invalid_parameter(f"{path}.operator", f"must be one of {', '.join(_OPERATORS)}")
    if item.value is None:
        raise invalid_parameter(f"{path}.value", MISSING)
    if item.field == _NAME_FIELD:
        return _name_condition(operator, item.value, f"{path}.value")
    return _status_condition(_STATUS_FIELDS[item.field], operator, item.value, f"{path}.value")


def _name_condition(operator: str, value: str, path: str) -> Condition:
    if len(value) > _LONGEST_VALUE:
        raise invalid_parameter(path, f"invalid length - min: 0 | max: {_LONGEST_VALUE}")
    if "\0" in value:  # possible in a query string; PostgreSQL's text can't hold it
        raise invalid_parameter(path, "invalid format")
    text = value.lower()
    test = Contains(text) if operator == "LIKE" else OneOf(_listed(text))
    return Condition(OrderField.COMMON_NAME, test)


def _status_condition(field: _StatusField, operator: str, value: str, path: str) -> Condition:
    text = value.lower()
    if operator == "LIKE":
        words = tuple(word for word in field.words if text in word)
        is_known = bool(words)
    else:
        words = _listed(text)
        is_known = all(word in field.words for word in words)
    if not is_known or not text:
        raise invalid_parameter(path, f"must be one of {', '.join(field.words).upper()}")
    statuses = dict.fromkeys(status for word in words for status in field.statuses_of(word))
    return Condition(OrderField.STATUS, OneOf(tuple(statuses)))


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


def _item(found: FoundOrder, catalogue: Catalogue) -> SearchItem:
    order = found.order
    words = status_words(order.status)
    return SearchItem(
        order_id=order_id_text(order.id),
        common_name=order.common_name.name,
        term=order.term_years,
        order_status=words.order,
        cert_status=words.certificate,
        product=product_name(order, catalogue),
        dtcreate=instant_text(order.created_at),
        dtorderexpire=instant_text(order.expires_at),
        email=order.details.email,
        company=order.details.company,
    )
