"""The composition root: settings in, wired use cases, worker and ASGI application out."""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from certwright.bootstrap.database import open_engine, open_standby
from certwright.bootstrap.searching import wire_search
from certwright.ca.authority import KeyAlgorithm, create_authorities, open_authorities
from certwright.ca.csr_processes import CSRProcesses
from certwright.ca.embedded import EmbeddedCA
from certwright.ca.key_envelope import Sealer, load_or_create_key_file
from certwright.ca.revocation import EmbeddedRevocationSigner
from certwright.config import SettingsError
from certwright.dcv.caa import DNSCAAChecker
from certwright.dcv.caa_records import CAARecords
from certwright.dcv.hosts import Hosts
from certwright.dcv.probe import NetworkProbe
from certwright.dcv.resolver import Resolver
from certwright.domain.errors import CertwrightError
from certwright.domain.ids import AuthorityId
from certwright.domain.key_blocklist import parse_key_blocklist
from certwright.notify.http_post import HTTPPoster
from certwright.notify.signed_notice import SignedNoticeSender
from certwright.notify.smtp import SMTPMailer
from certwright.notify.unconfigured import UnconfiguredMailer
from certwright.notify.webhook import HTTPEventSender
from certwright.services.accounts import Accounts
from certwright.services.annotations import Annotations
from certwright.services.approvals import Approvals
from certwright.services.approver_email import ApproverEmails
from certwright.services.billing import Billing
from certwright.services.bulk_ordering import BulkOrdering
from certwright.services.catalogue import parse_catalogue
from certwright.services.changed_orders import ChangedOrders
from certwright.services.contacts import Contacts
from certwright.services.csr_tools import CSRTools
from certwright.services.delivery import Delivery
from certwright.services.domains import Domains
from certwright.services.feed import Feed
from certwright.services.issuance import Issuance
from certwright.services.notifying import Notifying
from certwright.services.ordering import Ordering
from certwright.services.organizations import Organizations
from certwright.services.placing import Schedule
from certwright.services.ports import NumberKind
from certwright.services.readiness import Readiness
from certwright.services.reissuing import Reissuing
from certwright.services.revocation import Revocation
from certwright.services.search import Search
from certwright.services.signing_secrets import SigningSecrets
from certwright.services.statistics import Statistics
from certwright.services.subscriptions import Subscriptions
from certwright.services.upkeep import Upkeep
from certwright.services.use_cases import UseCases
from certwright.services.validation import Validating
from certwright.services.webhooks import Webhooks
from certwright.services.worker import Worker
from certwright.store.change_signal import SQLChangeSignal
from certwright.store.schema import migrate
from certwright.store.unit_of_work import SQLStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from prometheus_client import Metric
    from starlette.types import ASGIApp

    from certwright.bootstrap.searching import Searching
    from certwright.ca.authority import Authorities
    from certwright.config import Settings
    from certwright.domain.certificate import AuthorityRecord
    from certwright.services.ports import ChangeSignal, Clock, CSRReader, Mailer

_MADE_BEFORE_A_COLLECTION = 50_000
"""How many objects come to stay before Python looks for cycles among them: an order makes a thousand and hardly a cycle."""

_MOST_CSR_PROCESSES = 4


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """The wired program: what the command line calls and what ``serve`` runs."""

    settings: Settings
    use: UseCases
    worker: Worker
    issuance: Issuance
    store: SQLStore
    ca: EmbeddedCA
    searching: Searching


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
        yield _wire(
            settings,
            clock,
            store,
            jobs_added,
            signal,
            searching,
            sealer=sealer,
            authorities=authorities,
            csr_reader=csr_reader,
        )


def _wire(
    settings: Settings,
    clock: Clock,
    store: SQLStore,
    jobs_added: asyncio.Event,
    signal: ChangeSignal,
    searching: Searching,
    *,
    sealer: Sealer,
    authorities: Authorities,
    csr_reader: CSRReader,
) -> Program:
    """Put the parts together, from the network inwards."""
    catalogue = parse_catalogue(settings.read_catalogue())
    blocklist = parse_key_blocklist(settings.read_key_blocklists())
    ca = EmbeddedCA(
        authorities, base_url=settings.revocation_url, clock=clock, max_validity=settings.max_validity
    )
    resolver = _resolver(settings)
    probe = _probe(settings, resolver)
    caa = DNSCAAChecker(
        CAARecords(resolver, clock), issuers=settings.caa_identities, account_uri=settings.caa_account_uri
    )
    validating = Validating(store, clock, probe)
    readiness = Readiness(clock, validating, caa)
    issuance = Issuance(store, clock, catalogue, readiness, ca, max_validity=settings.max_validity)
    revocation = Revocation(store, clock, EmbeddedRevocationSigner(authorities))
    poster = _poster(settings, resolver)
    notices, signing_secrets = SignedNoticeSender(poster), SigningSecrets(sealer)
    schedule = Schedule(
        first_look_after=timedelta(seconds=settings.dcv_first_look_seconds),
        lapse_after=timedelta(days=settings.order_lapse_days),
    )
    use = UseCases(
        clock=clock,
        catalogue=catalogue,
        dcv_cname_target=settings.dcv_cname_target,
        accounts=Accounts(store, clock),
        annotations=Annotations(store, clock),
        approvals=Approvals(store, clock, revocation),
        approver_emails=ApproverEmails(store, clock, _mailer(settings), base_url=settings.base_url),
        billing=Billing(store, clock),
        bulk_ordering=BulkOrdering(store, clock, blocklist=blocklist, schedule=schedule),
        changed_orders=ChangedOrders(store),
        contacts=Contacts(store, clock),
        csr_tools=CSRTools(csr_reader),
        delivery=Delivery(store, ca),
        domains=Domains(store, clock, probe),
        feed=Feed(store, signal, most_followers=settings.native_followers_per_account),
        ordering=Ordering(store, clock, catalogue, issuance, blocklist=blocklist, schedule=schedule),
        organizations=Organizations(store, clock),
        reissuing=Reissuing(store, clock, catalogue, issuance, blocklist=blocklist),
        revocation=revocation,
        search=Search(searching.router),
        statistics=Statistics(searching.router, clock),
        validating=validating,
        subscriptions=Subscriptions(store, clock, notices, signing_secrets),
        webhooks=Webhooks(store, clock, HTTPEventSender(poster), sealer, ca),
    )
    upkeep = Upkeep(
        store,
        clock,
        catalogue,
        issuance,
        emails=use.approver_emails,
        revocation=revocation,
        domains=use.domains,
        organizations=use.organizations,
        webhooks=use.webhooks,
        notifying=Notifying(store, clock, notices, signing_secrets),
    )
    concurrency = settings.worker_concurrency
    worker = Worker(store, clock, upkeep.handlers(), jobs_added=jobs_added, concurrency=concurrency)
    return Program(
        settings=settings,
        use=use,
        worker=worker,
        issuance=issuance,
        store=store,
        ca=ca,
        searching=searching,
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


def _resolver(settings: Settings) -> Resolver:
    try:
        return Resolver(settings.dcv_dns_servers)
    except ValueError as cause:
        raise SettingsError(f"dcv_dns_servers: {cause}") from cause


def _probe(settings: Settings, resolver: Resolver) -> NetworkProbe:
    return NetworkProbe(
        resolver,
        cname_target=settings.dcv_cname_target,
        http_port=settings.dcv_http_port,
        allow_private_addresses=settings.dcv_allow_private_addresses,
    )


def _poster(settings: Settings, resolver: Resolver) -> HTTPPoster:
    private = settings.webhook_allow_private_addresses
    return HTTPPoster(Hosts(resolver, allow_private_addresses=private).find, allow_http=private)


def _mailer(settings: Settings) -> Mailer:
    if settings.smtp_url is None:
        return UnconfiguredMailer()
    try:
        return SMTPMailer(settings.smtp_url.reveal(), sender=settings.smtp_from)
    except ValueError as cause:
        raise SettingsError(f"smtp_url or smtp_from: {cause}") from cause


def build_web(program: Program) -> ASGIApp:
    """Build the ASGI application of a program."""
    # Imported here because most commands of the command line never need it.
    from certwright.bootstrap.figures import job_figures, standby_figures
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
    )
