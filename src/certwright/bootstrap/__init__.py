"""The composition root: settings in, wired use cases, worker and ASGI application out."""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from certwright.bootstrap.database import open_engine, open_standby
from certwright.bootstrap.searching import wire_search
from certwright.bootstrap.wiring import Foundation, Program, wire
from certwright.ca.authority import KeyAlgorithm, create_authorities, open_authorities
from certwright.ca.csr_processes import CSRProcesses
from certwright.ca.key_envelope import Sealer, load_or_create_key_file
from certwright.domain.errors import CertwrightError
from certwright.domain.ids import AuthorityId
from certwright.services.ports import NumberKind
from certwright.store.change_signal import SQLChangeSignal
from certwright.store.schema import migrate
from certwright.store.unit_of_work import SQLStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import Metric
    from starlette.types import ASGIApp

    from certwright.config import Settings
    from certwright.domain.certificate import AuthorityRecord
    from certwright.services.ports import Clock

__all__ = ["Program", "SystemClock", "build_web", "open_program"]

_MADE_BEFORE_A_COLLECTION = 50_000
"""How many objects come to stay before Python looks for cycles among them: an order makes a thousand and hardly a cycle."""

_MOST_CSR_PROCESSES = 4


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


@asynccontextmanager
async def open_program(
    settings: Settings, *, clock: Clock | None = None, is_worker: bool = False
) -> AsyncIterator[Program]:
    """Open the database (creating and migrating it), load or make the CA, and wire everything.

    A program that ``is_worker`` is one of several: the search process of ``settings.search_socket`` keeps the indexes, if
    there are any, and it leaves the other processors to the others.

    Raises:
        SettingsError: a file that a setting names can't be read.
        CertwrightError: the database does not answer, or the CA's keys can't be opened.
    """
    # With Python's own 700, looking takes a seventh of the processor time of issuing.
    gc.set_threshold(_MADE_BEFORE_A_COLLECTION)
    clock = clock or SystemClock()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    jobs_added = asyncio.Event()
    async with AsyncExitStack() as stack:
        engine = await open_engine(settings)
        stack.push_async_callback(engine.close)
        await migrate(engine)
        standby = await stack.enter_async_context(open_standby(settings))
        signal = SQLChangeSignal(engine)
        store = SQLStore(engine, on_jobs=jobs_added.set, on_changes=signal.note, standby=standby)
        sealer = _sealer(settings)
        records = await _load_authorities(settings, store, clock, sealer)
        authorities = open_authorities(records, sealer)
        searching = stack.enter_context(
            wire_search(
                settings,
                engine,
                store,
                records,
                signal,
                elsewhere=is_worker and settings.search_index_orders > 0,
            )
        )
        csr_reader = CSRProcesses(0 if is_worker else min(_MOST_CSR_PROCESSES, (os.cpu_count() or 1) - 1))
        stack.push_async_callback(csr_reader.close)
        await stack.enter_async_context(signal.polling())
        yield wire(
            Foundation(
                settings=settings,
                clock=clock,
                store=store,
                jobs_added=jobs_added,
                signal=signal,
                searching=searching,
                sealer=sealer,
                authorities=authorities,
                csr_reader=csr_reader,
            )
        )


def _sealer(settings: Settings) -> Sealer:
    passphrase = settings.read_passphrase()
    if passphrase is None:
        return Sealer.from_key(load_or_create_key_file(settings.ca_key_file))
    return Sealer.from_passphrase(passphrase)


async def _load_authorities(
    settings: Settings, store: SQLStore, clock: Clock, sealer: Sealer
) -> list[AuthorityRecord]:
    async with store.reading() as work:
        records = await work.authorities.list_all()
    return records or await _make_authorities(settings, store, clock, sealer)


async def _make_authorities(
    settings: Settings, store: SQLStore, clock: Clock, sealer: Sealer
) -> list[AuthorityRecord]:
    numbers = await store.allot(NumberKind.AUTHORITY, 2)
    made = await asyncio.to_thread(
        create_authorities,
        [AuthorityId(number) for number in numbers],
        key_algorithm=KeyAlgorithm(settings.ca_key_algorithm),
        organization=settings.ca_organization,
        country=settings.ca_country,
        base_url=settings.revocation_url,
        sealer=sealer,
        at=clock.now(),
    )
    async with store.writing() as work:
        return await work.authorities.add_first(made)


def build_web(program: Program) -> ASGIApp:
    """Build the ASGI application of a program."""
    # Imported here because most commands of the command line never need it.
    from certwright.bootstrap.figures import job_figures, standby_figures
    from certwright.logs import log_request
    from certwright.search.figures import families
    from certwright.web.app import build_app
    from certwright.web.health import Health
    from certwright.web.shared.rate_limits import Allowance, RateLimits

    async def database_answers() -> bool:
        try:
            async with program.store.reading() as work:
                await work.authorities.list_all()
        except CertwrightError:
            return False
        return True

    async def ca_is_ready() -> bool:
        return program.ca.is_ready()

    async def worker_is_alive() -> bool:
        return program.worker.is_alive()

    async def figures() -> list[Metric]:
        searching = program.searching
        return [
            *families(searching.router.answers, await searching.figures()),
            *await job_figures(program.store, program.use.clock),
            *standby_figures(program.store.standby),
        ]

    checks = {"database": database_answers, "ca": ca_is_ready, "worker": worker_is_alive}
    health = Health(checks, figures=figures)
    settings = program.settings
    return build_app(
        program.use,
        health,
        status_change_zone=settings.digicert_status_change_zone,
        webnic_limits=RateLimits(
            Allowance(requests=settings.webnic_requests_per_day, span=timedelta(days=1)),
            Allowance(requests=settings.webnic_requests_per_month, span=timedelta(days=30)),
        ),
        digicert_limits=RateLimits(
            Allowance(
                requests=settings.digicert_requests_per_5_seconds, span=timedelta(seconds=5), rolling=True
            ),
            Allowance(
                requests=settings.digicert_requests_per_3_minutes, span=timedelta(minutes=3), rolling=True
            ),
        ),
        native_limits=RateLimits(
            Allowance(requests=settings.native_requests_per_minute, span=timedelta(minutes=1))
        ),
        log_request=log_request,
    )
