"""Lists as CSV (RFC 4180): the rows that JSON would have, one column for each value that people look for."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

    from certwright.web.digicert.schemas.account import UserInfo
    from certwright.web.digicert.schemas.orders import OrderRow, RequestRow
    from certwright.web.digicert.schemas.parties import Organization

_ORDER = {
    "Order ID": "id",
    "Status": "status",
    "Common Name": "certificate.common_name",
    "DNS Names": "certificate.dns_names",
    "Certificate ID": "certificate.id",
    "Serial Number": "certificate.serial_number",
    "Valid From": "certificate.valid_from",
    "Valid Till": "certificate.valid_till",
    "Date Created": "date_created",
    "Order Valid Till": "order_valid_till",
    "Organization": "organization.name",
    "Container": "container.name",
    "Product": "product.name",
    "Product Name ID": "product_name_id",
    "Price": "price",
}
_REQUEST = {
    "Request ID": "id",
    "Date": "date",
    "Type": "type",
    "Status": "status",
    "Requester": "requester.first_name",
    "Order ID": "order.id",
    "Common Name": "order.certificate.common_name",
    "Organization": "order.organization.name",
    "Product": "order.product.name",
}
_ORGANIZATION = {
    "Organization ID": "id",
    "Status": "status",
    "Name": "name",
    "Assumed Name": "assumed_name",
    "Address": "address",
    "City": "city",
    "State": "state",
    "Zip": "zip",
    "Country": "country",
    "Telephone": "telephone",
}


_USER = {
    "User ID": "id",
    "Username": "username",
    "First Name": "first_name",
    "Last Name": "last_name",
    "Status": "status",
    "Role": "access_roles.0.name",
    "Container": "container.name",
    "Date Created": "date_created",
}
_REPORT = {
    **_ORDER,
    "Validity Years": "validity_years",
    "Is Renewal": "is_renewal",
    "Is Renewed": "is_renewed",
    "Renewed Order ID": "renewed_order_id",
    "Reissues": "reissues_count",
    "Duplicates": "duplicates_count",
    "Alternative Order ID": "alternative_order_id",
}


def orders(rows: Iterable[OrderRow]) -> str:
    """Write orders."""
    return _write(_ORDER, rows)


def requests(rows: Iterable[RequestRow]) -> str:
    """Write approval requests."""
    return _write(_REQUEST, rows)


def organizations(rows: Iterable[Organization]) -> str:
    """Write organizations."""
    return _write(_ORGANIZATION, rows)


def users(rows: Iterable[UserInfo]) -> str:
    """Write users."""
    return _write(_USER, rows)


async def order_report(pages: AsyncIterator[Iterable[OrderRow]]) -> AsyncIterator[str]:
    """Write the report on all orders, page by page as they are read."""
    yield _write(_REPORT, ())
    async for rows in pages:
        yield _write(_REPORT, rows, with_header=False)


def _write(columns: Mapping[str, str], rows: Iterable[msgspec.Struct], *, with_header: bool = True) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    if with_header:
        writer.writerow(columns)
    for row in rows:
        told = msgspec.to_builtins(row)
        writer.writerow([_cell(told, path) for path in columns.values()])
    return text.getvalue()


def _cell(told: Any, path: str) -> str:
    """Return the value at a path as one cell, empty where there is none."""
    for key in path.split("."):
        if isinstance(told, list):
            told = told[int(key)] if int(key) < len(told) else None
        else:
            told = told.get(key) if isinstance(told, dict) else None
    if isinstance(told, list):
        return " ".join(str(each) for each in told)
    if isinstance(told, bool):
        return str(told).lower()
    return "" if told is None else str(told)
