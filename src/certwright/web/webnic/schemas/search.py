"""Order Pagination Search, and what other searches have in common with it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Raw

from certwright.web.webnic.schemas.wire import Wire

LONGEST_VALUE = 255
"""A domain name has at most 253 characters."""


class SearchFilter(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition on one field."""

    field: Annotated[str, Meta(extra_json_schema={"maxLength": 100})] = ""
    operator: Annotated[str, Meta(extra_json_schema={"maxLength": 100})] | None = None
    value: Annotated[str, Meta(extra_json_schema={"maxLength": LONGEST_VALUE})] | None = None


class Pagination(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page; pages count from 1."""

    page: int | None = None
    page_size: int | None = None


class SearchRequest(Wire, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search; without filters it finds all orders."""

    filters: list[SearchFilter] | None = None
    pagination: Pagination | None = None


class SearchItem(Wire, frozen=True, kw_only=True):
    """An order in a search's answer: these ten keys in this order."""

    order_id: str
    common_name: str
    term: int
    order_status: str
    cert_status: str
    product: str
    dtcreate: str
    dtorderexpire: str
    email: str
    company: str


class _Totals(Wire, frozen=True, kw_only=True):
    page_size: int
    total_pages: int
    total_items: int


class SearchAnswer(_Totals, frozen=True, kw_only=True):
    """A page of orders with exact totals."""

    items: list[SearchItem]


class EncodedSearchAnswer(_Totals, frozen=True, kw_only=True):
    """The same, of items that are JSON already."""

    items: list[Raw]
