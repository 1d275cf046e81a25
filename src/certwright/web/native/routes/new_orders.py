"""Placing orders: one, or up to a thousand in a request, each judged by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec

from certwright.domain.errors import CertwrightError, InvalidInput
from certwright.domain.permission import Area
from certwright.services.idempotency import parse_idempotency_key
from certwright.web.native.errors import problem_of
from certwright.web.native.routes import examples
from certwright.web.native.routes.endpoint import check_media_type, operation, read_json
from certwright.web.native.schemas.new_orders import (
    MOST_ORDERS,
    BulkResult,
    ItemResult,
    OrderPlaced,
    WantedOrder,
)
from certwright.web.native.translate.new_orders import key_of, new_order
from certwright.web.shared.bodies import decode_json, read_body
from certwright.web.shared.openapi import JSON, Parameter

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.csr import CSR
    from certwright.domain.product import Catalogue
    from certwright.services.bulk_ordering import Outcome
    from certwright.services.new_order import NewOrder
    from certwright.services.use_cases import UseCases

JSON_LINES = "application/x-ndjson"

_MOST_BYTES = 8 * 1024 * 1024  # a thousand orders with RSA-4096 CSRs take 3 MB
_IDEMPOTENCY_KEY = "Idempotency-Key"


async def place_order(use: UseCases, caller: Caller, request: Request) -> OrderPlaced:
    """Place an order."""
    wanted = await read_json(request, WantedOrder)
    new = new_order(wanted, use.catalogue, key_of(wanted, _key_text(request)))
    order = (await use.ordering.place(caller, new)).order
    return OrderPlaced(order_id=order.id, status=order.status.value)


async def place_orders(use: UseCases, caller: Caller, request: Request) -> BulkResult:
    """Place up to a thousand orders; those that are refused do not keep the others from being placed."""
    items = await _read_items(request)
    wanted = [_read(item) for item in items]
    texts = [each.csr for each in wanted if isinstance(each, WantedOrder) and each.csr]
    csrs = dict(zip(texts, await use.csr_tools.decode_all(texts), strict=True))
    outcomes = await use.bulk_ordering.place_many(
        caller, _new_orders(use.catalogue, wanted, csrs, _key_text(request))
    )
    results = [_result(index, outcome) for index, outcome in enumerate(outcomes)]
    refused = sum(isinstance(outcome, CertwrightError) for outcome in outcomes)
    return BulkResult(placed=len(results) - refused, refused=refused, results=results)


def _key_text(request: Request) -> str:
    text = request.headers.get(_IDEMPOTENCY_KEY)
    return "" if text is None else parse_idempotency_key(text).text


async def _read_items(request: Request) -> list[bytes]:
    media_type = check_media_type(request, JSON, JSON_LINES)
    body = await read_body(request, most_bytes=_MOST_BYTES)
    if media_type == JSON_LINES:
        items = [line for line in body.split(b"\n") if line.strip()]
    else:
        items = [bytes(raw) for raw in decode_json(body, list[msgspec.Raw])]
    if len(items) > MOST_ORDERS:
        raise InvalidInput(f"There are {len(items)} orders in the request: {MOST_ORDERS} at most are taken")
    return items


def _read(item: bytes) -> WantedOrder | CertwrightError:
    try:
        return decode_json(item, WantedOrder)
    except CertwrightError as refusal:
        return refusal


def _new_orders(
    catalogue: Catalogue,
    items: list[WantedOrder | CertwrightError],
    csrs: Mapping[str, CSR | InvalidInput],
    key: str,
) -> Iterator[NewOrder | CertwrightError]:
    """Translate the orders one by one; under the key of the request, each has its place for a key."""

    def read_csr(text: str) -> CSR:
        found = csrs[text]
        if isinstance(found, InvalidInput):
            raise found
        return found

    for index, wanted in enumerate(items):
        if isinstance(wanted, CertwrightError):
            yield wanted
            continue
        try:
            idempotency_key = key_of(wanted, f"{key}\t{index}" if key else "")
            yield new_order(wanted, catalogue, idempotency_key, read_csr=read_csr)
        except CertwrightError as refusal:
            yield refusal


def _result(index: int, outcome: Outcome) -> ItemResult:
    if isinstance(outcome, CertwrightError):
        return ItemResult(index=index, problem=problem_of(outcome))
    return ItemResult(index=index, order_id=outcome.order_id, status=outcome.status.value)


_KEY = Parameter(
    name=_IDEMPOTENCY_KEY,
    where="header",
    description=(
        "Your name for the request. Sent again under it, what was placed is answered again and not placed again. "
        "Without it, an order's alternative_order_id is its name, if it has one."
    ),
    schema={"type": "string", "pattern": "^[ -~]{1,255}$"},
    example="2026-11-22-renewals",
)

OPERATIONS = (
    operation(
        place_order,
        "POST",
        "/orders",
        Area.ORDERS,
        headers=(_KEY,),
        body=WantedOrder,
        body_example=examples.WANTED_ORDER,
        answer=OrderPlaced,
        answer_example=examples.ORDER_PLACED,
        status=201,
        refusals={404: "The order names something that is not in this account."},
    ),
    operation(
        place_orders,
        "POST",
        "/orders/bulk",
        Area.ORDERS,
        headers=(_KEY,),
        body=Annotated[list[WantedOrder], msgspec.Meta(max_length=MOST_ORDERS)],
        body_example=[examples.WANTED_ORDER],
        further_bodies={JSON_LINES: {"type": "string"}},
        most_bytes=_MOST_BYTES,
        answer=BulkResult,
        answer_example=examples.BULK_RESULT,
    ),
)
