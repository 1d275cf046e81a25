"""How long do WebNIC's statistics and its search of organizations take in a large account?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING

from bench.timing import measure
from certwright.domain.ids import OrganizationId
from certwright.domain.organization import Address, Organization
from certwright.domain.query import Contains, OrganizationQuery
from certwright.services.ports import NumberKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from bench.accounts import Holder
    from bench.server import Client
    from bench.timing import Sample
    from certwright.bootstrap import Program

    _Call = Callable[[], Awaitable[object]]

_ORDERS_AN_ORGANIZATION = 100
_MOST = 100
_ZONE = timezone(timedelta(hours=8))
_ADDRESS = Address(line1="1 Jalan Satu", city="Kuala Lumpur", state="WP", postal_code="50000", country="MY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How one question went, and the total it told."""

    question: str
    total: int
    over_http: Sample
    in_process: Sample


async def add_organizations(program: Program, holder: Holder, orders: int, had: int) -> int:
    """Store an organization for every hundred orders, beside those that are there, and return how many there are."""
    count = max(1, orders // _ORDERS_AN_ORGANIZATION)
    numbers = await program.store.allot(NumberKind.ORGANIZATION, count - had)
    async with program.store.writing() as work:
        for number in numbers:
            await work.organizations.add(
                Organization(
                    id=OrganizationId(number),
                    account_id=holder.account.account.id,
                    name=f"Customer {number} Sdn Bhd",
                    address=_ADDRESS,
                    phone="+60.312345678",
                    created_at=datetime.now(UTC),
                )
            )
    return count


async def ask_all(
    holder: Holder, client: Client, program: Program, *, organizations: int, orders: int, seconds: float
) -> AsyncIterator[Answered]:
    """Ask for the figures and for organizations."""
    token = await client.log_in(holder)
    use, caller = program.use, holder.caller

    def named(text: str | None) -> OrganizationQuery:
        names = (Contains(text),) if text else ()
        return OrganizationQuery(account_id=caller.account_id, at=use.clock.now(), names=names, limit=20)

    async def search(text: str | None) -> object:
        filters = [{"field": "name", "operator": "LIKE", "value": text}] if text else []
        body = {"filters": filters, "pagination": {"page": 1, "pageSize": 20}}
        return await client.post("/ssl/v2/organization/search", body, token=token)

    figures = "/ssl/v2/orders/statistics"
    asked: tuple[tuple[str, int, _Call, _Call], ...] = (
        (
            "statistics",
            orders,
            partial(client.get, figures, token=token),
            partial(use.statistics.orders, caller),
        ),
        (
            "graph statistics",
            orders,
            partial(client.get, f"{figures}/graph", token=token),
            partial(use.statistics.months, caller, _ZONE),
        ),
        (
            "organizations, first page",
            organizations,
            partial(search, None),
            lambda: use.organizations.search(named(None)),
        ),
        (
            "organizations, by name",
            organizations,
            partial(search, "omer 7"),
            lambda: use.organizations.search(named("omer 7")),
        ),
    )
    for question, total, over_http, in_process in asked:
        yield Answered(
            question=question,
            total=total,
            over_http=await measure(over_http, most=_MOST, seconds=seconds),
            in_process=await measure(in_process, most=_MOST, seconds=seconds),
        )
