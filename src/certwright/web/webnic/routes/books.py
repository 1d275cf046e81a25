"""The book of orders as a whole: search and statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.web.shared import openapi
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import operation, read_json
from certwright.web.webnic.schemas.search import EncodedSearchAnswer, SearchAnswer, SearchRequest
from certwright.web.webnic.schemas.statistics import MonthStatistics, StatisticsAnswer
from certwright.web.webnic.translate import search, statistics
from certwright.web.webnic.translate.instants import ZONE

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def search_orders(use: UseCases, caller: Caller, request: Request) -> EncodedSearchAnswer:
    """Answer a page of the orders that match."""
    body = await read_json(request, SearchRequest)
    found = await use.search.search(search.order_query(caller.account_id, body))
    return search.search_answer(body, found, use.catalogue)


async def get_statistics(use: UseCases, caller: Caller, _request: Request) -> StatisticsAnswer:
    """Count the account's orders by status, by product, and by how soon they run out."""
    return statistics.statistics_answer(await use.statistics.orders(caller), use.catalogue)


async def get_graph_statistics(use: UseCases, caller: Caller, request: Request) -> list[MonthStatistics]:
    """Count the orders placed in each of the last twelve months, or of the months of a year."""
    last = statistics.parse_year(request.query_params.get("year"))
    months = await use.statistics.months(caller, ZONE, last=last)
    return [statistics.month_statistics(month) for month in months]


OPERATIONS = (
    operation(
        search_orders,
        "POST",
        "/ssl/v2/orders/search",
        "Certificate",
        body=SearchRequest,
        body_example=examples.SEARCH_REQUEST,
        answer=SearchAnswer,
        answer_example=examples.SEARCH_PAGE,
    ),
    operation(
        get_statistics,
        "GET",
        "/ssl/v2/orders/statistics",
        "Certificate",
        answer=StatisticsAnswer,
        answer_example=examples.STATISTICS,
    ),
    operation(
        get_graph_statistics,
        "GET",
        "/ssl/v2/orders/statistics/graph",
        "Certificate",
        parameters=(
            openapi.Parameter(
                name="year",
                description="A calendar year at +08:00 instead of the last twelve months.",
                schema={"type": "integer", "minimum": 2000, "maximum": 2099},
                example=2026,
            ),
        ),
        answer=list[MonthStatistics],
        answer_example=[examples.MONTH],
    ),
)
