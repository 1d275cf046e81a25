"""How long does a page of WebNIC's Order Pagination Search take, with its exact total, in a book of any size?

Each kind of search is asked over HTTP, in this process, and in plain SQL beside them, while orders are placed and issued
at a steady rate; then as fast as the server answers, for the share of what it could answer at all. Every total that
the new orders do not move is compared with a count over what was loaded.
"""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench import naive
from bench.names import NEEDLE, customer_domain
from bench.pump import ask_in_turn, post, pump
from bench.timing import Sample, measure
from certwright.domain.ids import AccountId
from certwright.domain.query import Condition, Contains, OneOf, OrderField, OrderQuery
from certwright.domain.status import OrderStatus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from bench.accounts import Holder
    from bench.book import Book, Entry
    from bench.server import Client
    from certwright.bootstrap import Program

PATH = "/ssl/v2/orders/search"
PAGE_SIZE = 20

_MOST = 200
_MOST_RANDOM = 500
_MOST_NAIVE = 5
_FEWEST_RANDOM_NAIVE = 3
_FEWEST_LARGE_NAIVE = 1
_LARGEST_WARMED_UP = 100_000
_LARGEST_IN_DEPTH = 1_000_000
_CLIENTS = 32
_MOST_SENT = 60_000
_SEED = 2029

_WORDS = {
    OrderStatus.ISSUED: "COMPLETED",
    OrderStatus.PENDING: "PENDING",
    OrderStatus.EXPIRED: "EXPIRED",
    OrderStatus.REVOKED: "REVOKED",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A kind of search; ``depth`` says which page of all: 0 the first, 1 the last."""

    label: str = ""
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
    Question(label="rare substring", text=NEEDLE),
    Question(label="a customer's domain", text=customer_domain(0)),
    Question(label="common substring, first page", text="www."),
    Question(label="common substring, middle page", text="www.", depth=0.5),
    Question(label="no match", text="nobody-ordered-this"),
    Question(label="status expired, first page", status=OrderStatus.EXPIRED),
    Question(label="status expired, middle page", status=OrderStatus.EXPIRED, depth=0.5),
    Question(label="expired and common substring", text="www.", status=OrderStatus.EXPIRED),
    Question(label="expired and rare substring", text=NEEDLE, status=OrderStatus.EXPIRED),
)
EQUALITY = "random: a status or none, any page"
FIRST_PAGES, SUBSTRINGS = "all, first page", "random substrings, first page"
SUBSTRING = "random: 2 to 20 letters of a name, with a status or not, any page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one kind of search went; random ones have no total of their own."""

    label: str
    total: int
    over_http: Sample
    in_process: Sample
    in_plain_sql: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many searches of a kind a server answers in a second of its processor time, and how many greetings."""

    kind: str
    searches_per_cpu_second: float
    greetings_per_cpu_second: float


class Asker:
    """Asks one account's book in all three ways."""

    def __init__(
        self, book: Book, holder: Holder, client: Client, program: Program, database: naive.Database
    ) -> None:
        self._book = book
        self._holder = holder
        self._client = client
        self._program = program
        self._database = database
        self._token = ""

    async def ask_all(self, *, seconds: float) -> AsyncIterator[Answered]:
        """Ask every kind of search; the totals of those whose orders do not move have to be those that were loaded."""
        self._token = await self._client.log_in(self._holder)
        for question in QUESTIONS:
            yield await self._ask(question, seconds)
        yield await self._ask_random(EQUALITY, _random_equality(), seconds)
        yield await self._ask_random(SUBSTRING, _random_substrings(self._book), seconds)

    async def measure_rates(self, hello: Client, *, seconds: float) -> AsyncIterator[Rate]:
        """Ask as fast as is answered, and greet with the same requests as fast."""
        for kind, some in bodies(self._book).items():
            requests = [post(PATH, body, token=self._token) for body in some]
            rates = []
            for client in (self._client, hello):
                used = client.cpu_seconds()
                throughput = await pump(client.port, requests, clients=_CLIENTS, seconds=seconds)
                rates.append(throughput.sample.count / (client.cpu_seconds() - used))
            yield Rate(kind=kind, searches_per_cpu_second=rates[0], greetings_per_cpu_second=rates[1])

    async def _ask(self, question: Question, seconds: float) -> Answered:
        total = self._book.copies * sum(map(question.matches, self._book.entries))
        moves = question.status is None and not question.text  # orders are placed meanwhile
        page = question.page_of(total)
        expected = None if moves else total
        return Answered(
            label=question.label,
            total=total,
            over_http=await self._measure_over_http([(question, page)] * _MOST, expected, seconds),
            in_process=await measure(
                partial(self._in_process, question, page, expected), most=_MOST, seconds=seconds
            ),
            in_plain_sql=await self._measure_plain_sql(question, page, seconds),
        )

    def _is_large(self) -> bool:
        return self._book.size > _LARGEST_IN_DEPTH

    async def _measure_plain_sql(self, question: Question, page: int, seconds: float) -> Sample:
        """Ask in plain SQL; of deep pages in a large book, which take a minute each, only the random ones are asked."""
        if self._is_large() and question.depth:
            return Sample()
        asked = partial(self._in_plain_sql, question, page)
        return await measure(
            asked,
            most=_MOST_NAIVE,
            seconds=seconds,
            fewest=1,
            warm_up=1 if self._book.size <= _LARGEST_WARMED_UP else 0,
        )

    async def _ask_random(self, label: str, questions: Iterator[Question], seconds: float) -> Answered:
        asked = []
        for question in itertools.islice(questions, _MOST_RANDOM):
            found = await self._program.use.search.search(question.query(self._holder.account_id, 1))
            asked.append((question, question.page_of(found.total)))
        in_process, in_plain_sql = itertools.cycle(asked), itertools.cycle(asked)
        return Answered(
            label=label,
            total=0,
            over_http=await self._measure_over_http(asked, None, 2 * seconds),
            in_process=await measure(
                lambda: self._in_process(*next(in_process), None), most=_MOST_RANDOM, seconds=2 * seconds
            ),
            in_plain_sql=await measure(
                lambda: self._in_plain_sql(*next(in_plain_sql)),
                most=2 * _MOST_NAIVE,
                seconds=seconds,
                fewest=_FEWEST_LARGE_NAIVE if self._is_large() else _FEWEST_RANDOM_NAIVE,
                warm_up=0,
            ),
        )

    async def _measure_over_http(
        self, asked: Sequence[tuple[Question, int]], total: int | None, seconds: float
    ) -> Sample:
        """Ask for pages as a client on another machine would: this process has an index of its own to keep."""
        question, page = asked[0]
        answer = await self._client.post(PATH, question.body(page), token=self._token)
        found = answer["data"]["totalItems"]
        assert total in {None, found}, (question, found, total)
        bodies_asked = (json.dumps(question.body(page)).encode() for question, page in asked)
        requests = [post(PATH, body, token=self._token) for body in bodies_asked]
        return await ask_in_turn(self._client.port, requests, seconds=seconds)

    async def _in_process(self, question: Question, page: int, total: int | None) -> None:
        found = await self._program.use.search.search(question.query(self._holder.account_id, page))
        assert total in {None, found.total}, (question, found.total, total)

    async def _in_plain_sql(self, question: Question, page: int) -> None:
        await naive.search(
            self._database,
            self._holder.account_id,
            question.text,
            question.status,
            offset=(page - 1) * PAGE_SIZE,
            limit=PAGE_SIZE,
        )


def bodies(book: Book) -> dict[str, list[bytes]]:
    """Write first pages of all orders, and first pages of random substrings, more than are answered in the time."""
    substrings = itertools.islice(_random_substrings(book), _MOST_RANDOM)
    kinds = {FIRST_PAGES: [QUESTIONS[0]], SUBSTRINGS: list(substrings)}
    return {
        kind: list(
            itertools.islice(
                itertools.cycle([json.dumps(question.body(1)).encode() for question in questions]), _MOST_SENT
            )
        )
        for kind, questions in kinds.items()
    }


def _random_substrings(book: Book) -> Iterator[Question]:
    rng = random.Random(_SEED)
    names: Sequence[Entry] = book.entries
    while True:
        name = rng.choice(names).common_name
        length = rng.randint(2, 20)
        start = rng.randrange(max(1, len(name) - length + 1))
        status = rng.choice((None, None, *_WORDS))
        depth = rng.choice((0, rng.random()))
        yield Question(text=name[start : start + length], status=status, depth=depth)


def _random_equality() -> Iterator[Question]:
    rng = random.Random(_SEED)
    while True:
        yield Question(status=rng.choice((None, *_WORDS)), depth=rng.random())
