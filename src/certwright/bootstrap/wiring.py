"""Putting the parts of the program together, from the network inwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.ca.embedded import EmbeddedCA
from certwright.ca.revocation import EmbeddedRevocationSigner
from certwright.config import SettingsError
from certwright.dcv.caa import DNSCAAChecker
from certwright.dcv.caa_records import CAARecords
from certwright.dcv.hosts import Hosts
from certwright.dcv.probe import NetworkProbe
from certwright.dcv.resolver import Resolver
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

if TYPE_CHECKING:
    import asyncio

    from certwright.bootstrap.searching import Searching
    from certwright.ca.authority import Authorities
    from certwright.ca.key_envelope import Sealer
    from certwright.config import Settings
    from certwright.domain.product import Catalogue
    from certwright.services.ports import ChangeSignal, Clock, CSRReader, Mailer
    from certwright.store.unit_of_work import SQLStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What is open and ready before anything is put upon it."""

    settings: Settings
    clock: Clock
    store: SQLStore
    jobs_added: asyncio.Event
    signal: ChangeSignal
    searching: Searching
    sealer: Sealer
    authorities: Authorities
    csr_reader: CSRReader


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Network:
    """What asks other people's servers."""

    probe: NetworkProbe
    caa: DNSCAAChecker
    poster: HTTPPoster
    notices: SignedNoticeSender


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issuing:
    """The way from an order to its certificate."""

    catalogue: Catalogue
    ca: EmbeddedCA
    validating: Validating
    issuance: Issuance
    revocation: Revocation


def wire(base: Foundation) -> Program:
    """Put the program together.

    Raises:
        SettingsError: a file that a setting names can't be read, or a setting can't be used.
    """
    network = _wire_network(base)
    issuing = _wire_issuing(base, network)
    use = _wire_use_cases(base, network, issuing)
    return Program(
        settings=base.settings,
        use=use,
        worker=_wire_worker(base, network, issuing, use),
        issuance=issuing.issuance,
        store=base.store,
        ca=issuing.ca,
        searching=base.searching,
    )


def _wire_network(base: Foundation) -> _Network:
    settings = base.settings
    resolver = _resolver(settings)
    caa = DNSCAAChecker(
        CAARecords(resolver, base.clock),
        issuers=settings.caa_identities,
        account_uri=settings.caa_account_uri,
    )
    poster = _poster(settings, resolver)
    return _Network(
        probe=_probe(settings, resolver), caa=caa, poster=poster, notices=SignedNoticeSender(poster)
    )


def _wire_issuing(base: Foundation, network: _Network) -> _Issuing:
    settings, store, clock = base.settings, base.store, base.clock
    catalogue = parse_catalogue(settings.read_catalogue())
    ca = EmbeddedCA(
        base.authorities, base_url=settings.revocation_url, clock=clock, max_validity=settings.max_validity
    )
    validating = Validating(store, clock, network.probe)
    readiness = Readiness(clock, validating, network.caa)
    return _Issuing(
        catalogue=catalogue,
        ca=ca,
        validating=validating,
        issuance=Issuance(store, clock, catalogue, readiness, ca, max_validity=settings.max_validity),
        revocation=Revocation(store, clock, EmbeddedRevocationSigner(base.authorities)),
    )


def _wire_use_cases(base: Foundation, network: _Network, issuing: _Issuing) -> UseCases:
    settings, store, clock = base.settings, base.store, base.clock
    catalogue, issuance, router = issuing.catalogue, issuing.issuance, base.searching.router
    blocklist = parse_key_blocklist(settings.read_key_blocklists())
    schedule = Schedule(
        first_look_after=timedelta(seconds=settings.dcv_first_look_seconds),
        lapse_after=timedelta(days=settings.order_lapse_days),
    )
    return UseCases(
        clock=clock,
        catalogue=catalogue,
        dcv_cname_target=settings.dcv_cname_target,
        accounts=Accounts(store, clock),
        annotations=Annotations(store, clock),
        approvals=Approvals(store, clock, issuing.revocation),
        approver_emails=ApproverEmails(store, clock, _mailer(settings), base_url=settings.base_url),
        billing=Billing(store, clock),
        bulk_ordering=BulkOrdering(store, clock, blocklist=blocklist, schedule=schedule),
        changed_orders=ChangedOrders(store),
        contacts=Contacts(store, clock),
        csr_tools=CSRTools(base.csr_reader),
        delivery=Delivery(store, issuing.ca),
        domains=Domains(store, clock, network.probe),
        feed=Feed(store, base.signal, most_followers=settings.native_followers_per_account),
        ordering=Ordering(store, clock, catalogue, issuance, blocklist=blocklist, schedule=schedule),
        organizations=Organizations(store, clock),
        reissuing=Reissuing(store, clock, catalogue, issuance, blocklist=blocklist),
        revocation=issuing.revocation,
        search=Search(router),
        statistics=Statistics(router, clock),
        validating=issuing.validating,
        subscriptions=Subscriptions(store, clock, network.notices, SigningSecrets(base.sealer)),
        webhooks=Webhooks(store, clock, HTTPEventSender(network.poster), base.sealer, issuing.ca),
    )


def _wire_worker(base: Foundation, network: _Network, issuing: _Issuing, use: UseCases) -> Worker:
    store, clock = base.store, base.clock
    upkeep = Upkeep(
        store,
        clock,
        issuing.catalogue,
        issuing.issuance,
        emails=use.approver_emails,
        revocation=issuing.revocation,
        domains=use.domains,
        organizations=use.organizations,
        webhooks=use.webhooks,
        notifying=Notifying(store, clock, network.notices, SigningSecrets(base.sealer)),
    )
    concurrency = base.settings.worker_concurrency
    return Worker(store, clock, upkeep.handlers(), jobs_added=base.jobs_added, concurrency=concurrency)


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
