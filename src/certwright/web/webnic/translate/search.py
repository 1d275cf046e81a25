"""Order Pagination Search: from filters and a page to a query, and from what was found to the answer.

On a status a filter compares with the words that answers show, so that it finds what it says.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Raw
from msgspec.json import encode

from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.web.webnic.schemas.search import (
    LONGEST_VALUE,
    EncodedSearchAnswer,
    SearchFilter,
    SearchItem,
)
from certwright.web.webnic.translate.faults import invalid_parameter
from certwright.web.webnic.translate.filters import listed, matching_words, parse_filter, parse_filters
from certwright.web.webnic.translate.ids import order_id_text
from certwright.web.webnic.translate.instants import instant_text
from certwright.web.webnic.translate.paging import parse_page
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
    from certwright.domain.product import Catalogue
    from certwright.domain.query import OrderPage, OrderSummary
    from certwright.domain.status import OrderStatus
    from certwright.web.webnic.schemas.search import SearchRequest
    from certwright.web.webnic.translate.filters import Filter


class _StatusField(NamedTuple):
    """A status filter: the words it takes, and which of our statuses are shown under each."""

    words: tuple[str, ...]
    statuses_of: Callable[[str], tuple[OrderStatus, ...]]


_STATUS_FIELDS = {
    "orderStatus": _StatusField(ORDER_WORDS, statuses_of_order_word),
    "certStatus": _StatusField(CERTIFICATE_WORDS, statuses_of_certificate_word),
}
_NAME_FIELD = "commonName"
_USUAL_OPERATORS = {_NAME_FIELD: "LIKE", **dict.fromkeys(_STATUS_FIELDS, "EQUAL")}


def order_query(account_id: AccountId, request: SearchRequest) -> OrderQuery:
    """Translate a search into a query of the account's orders, newest first.

    Raises:
        InvalidParameters: naming the part of the request that can't be used.
    """
    conditions = tuple(_condition(given) for given in parse_filters(request.filters, _USUAL_OPERATORS))
    page = parse_page(request.pagination)
    return OrderQuery(account_id=account_id, conditions=conditions, offset=page.offset, limit=page.size)


def search_answer(
    request: SearchRequest, found: OrderPage[OrderSummary], catalogue: Catalogue
) -> EncodedSearchAnswer:
    """Write a page of orders."""
    page = parse_page(request.pagination)
    return EncodedSearchAnswer(
        page_size=page.shown_size(found.total),
        total_pages=page.count(found.total),
        total_items=found.total,
        items=[_item(order, catalogue) for order in found.items],
    )


def name_query(account_id: AccountId, common_name: str) -> OrderQuery:
    """Ask for the newest order of a common name.

    Raises:
        InvalidParameters: no order can have such a name.
    """
    if len(common_name) > LONGEST_VALUE:
        raise invalid_parameter(_NAME_FIELD, f"invalid length - min: 0 | max: {LONGEST_VALUE}")
    if "\0" in common_name:  # possible in a query string; PostgreSQL's text can't hold it
        raise invalid_parameter(_NAME_FIELD, "invalid format")
    asked = SearchFilter(field=_NAME_FIELD, operator="EQUAL", value=common_name)
    condition = _condition(parse_filter(asked, _NAME_FIELD, _USUAL_OPERATORS))
    return OrderQuery(account_id=account_id, conditions=(condition,), limit=1)


def _condition(given: Filter) -> Condition:
    if given.field == _NAME_FIELD:
        test = Contains(given.value) if given.is_like else OneOf(tuple(listed(given.value)))
        return Condition(OrderField.COMMON_NAME, test)
    field = _STATUS_FIELDS[given.field]
    words = matching_words(given, field.words)
    statuses = dict.fromkeys(status for word in words for status in field.statuses_of(word))
    return Condition(OrderField.STATUS, OneOf(tuple(statuses)))


@lru_cache(maxsize=10_000)
def _item(order: OrderSummary, catalogue: Catalogue) -> Raw:
    """Show an order; the same first pages are asked for again and again, and half of one's time went into this."""
    words = status_words(order.status)
    item = SearchItem(
        order_id=order_id_text(order.id),
        common_name=order.common_name,
        term=order.term_years,
        order_status=words.order,
        cert_status=words.certificate,
        product=catalogue.get_ordered(order.product_key).name,
        dtcreate=instant_text(order.created_at),
        dtorderexpire=instant_text(order.expires_at),
        email=order.email,
        company=order.company,
    )
    return Raw(encode(item))
