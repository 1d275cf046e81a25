"""How long does a page of WebNIC's Order Pagination Search take, with its exact total?

Each kind of search is asked over HTTP and in this process; every total is compared with a count over what was loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.names import NEEDLE, customer_domain
from bench.timing import measure
from certwright.domain.ids import AccountId
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.domain.status import OrderStatus

if TYPE_CHECKING:
    from bench.accounts import Holder
    from bench.book import Book, Entry
    from bench.server import Client
    from bench.timing import Sample
    from certwright.bootstrap import Program

PATH = "/ssl/v2/orders/search"
PAGE_SIZE = 20

_MOST = 100

_WORDS = {OrderStatus.ISSUED: "COMPLETED", OrderStatus.PENDING: "PENDING"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A kind of search; ``depth`` says which page of all: 0 the first, 1 the last."""

    label: str
    text: str = ""
    status: OrderStatus | None = None
    depth: float = 0

    def matches(self, entry: Entry) -> bool:
        """Whether the search must find an order."""
        return self.text in entry.common_name and self.status in {None, entry.status}

    def page_of(self, total: int) -> int:
        """Return the page to ask for, from 1."""
        pages = max(1, -(-total // PAGE_SIZE))
        return 1 + round(self.depth * (pages - 1))

    def body(self, page: int) -> dict[str, object]:
        """Write the search as WebNIC clients do."""
        filters = []
        if self.text:
            filters.append({"field": "commonName", "operator": "LIKE", "value": self.text})
        if self.status:
            filters.append({"field": "orderStatus", "operator": "EQUAL", "value": _WORDS[self.status]})
        return {"filters": filters, "pagination": {"page": page, "pageSize": PAGE_SIZE}}

    def query(self, account_id: int, page: int) -> OrderQuery:
        """Write the search as the dialect passes it on."""
        conditions = []
        if self.text:
            conditions.append(Condition(OrderField.COMMON_NAME, Contains(self.text)))
        if self.status:
            conditions.append(Condition(OrderField.STATUS, OneOf((self.status,))))
        return OrderQuery(
            account_id=AccountId(account_id),
            conditions=tuple(conditions),
            offset=(page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )


QUESTIONS = (
    Question(label="all, first page"),
    Question(label="all, middle page", depth=0.5),
    Question(label="all, last page", depth=1),
    Question(label="rare substring (3 orders)", text=NEEDLE),
    Question(label="a customer's domain", text=customer_domain(0)),
    Question(label="common substring, first page", text="www."),
    Question(label="common substring, middle page", text="www.", depth=0.5),
    Question(label="no match", text="nobody-ordered-this"),
    Question(label="status pending", status=OrderStatus.PENDING),
    Question(label="status completed, first page", status=OrderStatus.ISSUED),
    Question(label="status completed, middle page", status=OrderStatus.ISSUED, depth=0.5),
    Question(label="pending and common substring", text="www.", status=OrderStatus.PENDING),
    Question(label="completed and rare substring", text=NEEDLE, status=OrderStatus.ISSUED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one kind of search went."""

    question: Question
    total: int
    over_http: Sample
    in_process: Sample


async def ask_all(
    book: Book, holder: Holder, client: Client, program: Program, *, seconds: float
) -> list[Answered]:
    """Ask every kind of search of one account's book."""
    token = await client.log_in(holder)
    done = []
    for question in QUESTIONS:
        total = book.copies * sum(map(question.matches, book.entries))
        page = question.page_of(total)
        over_http = partial(_over_http, client, token, question.body(page), total)
        in_process = partial(_in_process, program, question.query(holder.account_id, page), total)
        done.append(
            Answered(
                question=question,
                total=total,
                over_http=await measure(over_http, most=_MOST, seconds=seconds),
                in_process=await measure(in_process, most=_MOST, seconds=seconds),
            )
        )
    return done


async def _over_http(client: Client, token: str, body: dict[str, object], total: int) -> None:
    answer = await client.post(PATH, body, token=token)
    assert answer["data"]["totalItems"] == total, (body, answer["data"]["totalItems"], total)


async def _in_process(program: Program, query: OrderQuery, total: int) -> None:
    found = await program.use.search.search(query)
    assert found.total == total, (query, found.total, total)
