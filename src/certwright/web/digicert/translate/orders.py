"""Orders as they are told: in a list, in full, and as just placed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.dcv import DCVMethod
from certwright.domain.product import ValidationLevel
from certwright.web.digicert.schemas import orders as wire
from certwright.web.digicert.translate import parties
from certwright.web.digicert.translate.certificate_facts import facts_in_order
from certwright.web.digicert.translate.certificates import CRLF, issued_facts
from certwright.web.digicert.translate.dates import tell_day, tell_instant
from certwright.web.digicert.translate.notes import custom_values, tell_note
from certwright.web.digicert.translate.platforms import tell_platform
from certwright.web.digicert.translate.proofs import verification_value
from certwright.web.digicert.translate.words import METHOD_WORDS, STATUS_WORDS
from certwright.web.shared.certificate_files import csr_pem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from certwright.domain.account import Account, APIKey
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import Certificate
    from certwright.domain.ids import APIKeyId, OrganizationId
    from certwright.domain.order import Order
    from certwright.domain.organization import Organization
    from certwright.domain.product import Catalogue, Product
    from certwright.domain.query import FoundOrder
    from certwright.services.name_proofs import NameProof
    from certwright.services.order_view import OrderView
    from certwright.web.digicert.schemas.answers import ChainEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What orders refer to: the account they are in, its keys and organizations, the catalogue and the time."""

    account: Account
    keys: Mapping[APIKeyId, APIKey]
    organizations: Mapping[OrganizationId, Organization]
    catalogue: Catalogue
    at: datetime

    def organization_of(self, order: Order) -> Organization | None:
        """Return the organization that an order names."""
        return self.organizations.get(order.organization_id) if order.organization_id else None


def order_row(found: FoundOrder, around: Surroundings) -> wire.OrderRow:
    """Tell an order in a list."""
    order = found.order
    product = around.catalogue.get_ordered(order.product_key)
    organization = around.organization_of(order)
    return wire.OrderRow(
        id=order.id,
        certificate=wire.Certificate(**facts_in_order(found.certificate, around.at)),
        status=STATUS_WORDS[order.status],
        is_renewal=order.renewal_of_order_id is not None,
        is_renewed=order.renewed_by_order_id is not None,
        renewed_order_id=order.renewed_by_order_id or UNSET,
        date_created=tell_instant(order.created_at),
        organization=parties.organization_name(organization) if organization else UNSET,
        validity_years=order.term_years,
        order_validity=_order_validity(order),
        order_valid_till=tell_day(order.expires_at),
        is_multi_year_plan=_multi_year(order),
        container=parties.container_name(around.account),
        product=parties.product_name(product),
        duplicates_count=found.further.duplicates,
        has_duplicates=found.further.duplicates > 0,
        reissues_count=found.further.reissues,
        has_reissues=found.further.reissues > 0,
        price=_price(order, product),
        product_name_id=product.name_id,
        alternative_order_id=order.details.alternative_order_id or UNSET,
        custom_fields=custom_values(found.custom_values),
    )


def order_info(
    view: OrderView,
    around: Surroundings,
    *,
    caa_messages: dict[str, str] | None = None,
    renewed: Order | None = None,
) -> wire.OrderInfo:
    """Tell an order in full, with what its CAA records come to and the order that it renews where these are given."""
    order, organization = view.order, view.organization
    reissued_at = view.further.last_reissued_at
    return wire.OrderInfo(
        id=order.id,
        certificate=_certificate_info(order, view.certificate, around.at),
        status=STATUS_WORDS[order.status],
        is_renewal=order.renewal_of_order_id is not None,
        is_renewed=order.renewed_by_order_id is not None,
        renewed_order_id=order.renewed_by_order_id or UNSET,
        renewal_of_order_id=order.renewal_of_order_id or UNSET,
        date_created=tell_instant(order.created_at),
        organization=parties.organization(organization, around.account, at=around.at)
        if organization
        else UNSET,
        validity_years=order.term_years,
        order_validity=_order_validity(order),
        order_valid_from=tell_day(order.created_at),
        order_valid_till=tell_day(order.expires_at),
        is_multi_year_plan=_multi_year(order),
        dcv_method=METHOD_WORDS[order.method],
        additional_emails=list(order.details.additional_emails),
        container=parties.container_name(around.account),
        product=parties.product_name(view.product),
        user=parties.user(order.placed_by, around.keys),
        requests=[_request_note(request) for request in view.requests],
        duplicates_count=view.further.duplicates,
        reissues_count=view.further.reissues,
        price=_price(order, view.product),
        currency=around.catalogue.currency,
        alternative_order_id=order.details.alternative_order_id or UNSET,
        last_reissued_date=tell_instant(reissued_at) if reissued_at else UNSET,
        renewal_of_order_valid_till=tell_day(renewed.expires_at) if renewed else UNSET,
        caa_status_message=caa_messages or UNSET,
        notes=[tell_note(note, around.keys) for note in view.notes] or UNSET,
        custom_fields=custom_values(view.custom_values),
    )


def placed(view: OrderView, chain: list[ChainEntry], cname_target: str) -> wire.Placed:
    """Tell a new order: what waits for approval, what is to be published, or the certificate."""
    order = view.order
    waits_for_proof = not view.product.private and not all(proof.is_proved for proof in view.proofs)
    publishes = waits_for_proof and order.method is not DCVMethod.EMAIL
    alias = verification_value(order, order.random_value, cname_target)
    is_dv = view.product.validation_level is ValidationLevel.DV
    return wire.Placed(
        id=order.id,
        requests=[wire.PlacedRequest(request.id, request.status.value) for request in view.requests],
        certificate_id=order.certificate_id,
        dcv_random_value=order.random_value if publishes else UNSET,
        verification_value=alias if publishes else UNSET,
        domains=tell_domains(view.proofs, alias) if publishes and not is_dv else UNSET,
        certificate_chain=chain or UNSET,
    )


def _certificate_info(order: Order, certificate: Certificate, at: datetime) -> wire.CertificateInfo:
    facts = issued_facts(certificate.der) if certificate.der else None
    authority_id = certificate.authority_id
    return wire.CertificateInfo(
        **facts_in_order(certificate, at),
        csr=csr_pem(certificate.csr, newline=CRLF) if certificate.csr else UNSET,
        organization=wire.OrganizationRef(order.organization_id) if order.organization_id else UNSET,
        server_platform=tell_platform(certificate.server_platform),
        key_size=facts.key_size if facts else UNSET,
        ca_cert=wire.CACertificate(f"{authority_id:016X}", facts.issuer) if facts and authority_id else UNSET,
    )


def _order_validity(order: Order) -> wire.Validity:
    asked_days = order.details.asked_days
    return wire.Validity(days=asked_days) if asked_days else wire.Validity(years=order.term_years)


def _multi_year(order: Order) -> str | UnsetType:
    return "1" if order.term_years > 1 else UNSET


def _price(order: Order, product: Product) -> int:
    """Return what an order cost; clients read prices as whole numbers."""
    charged = product.charged_names([name.identifier for name in order.names])
    wildcards = sum(name.is_wildcard for name in charged)
    price = product.price_of(
        term_years=order.term_years, names=len(charged) - wildcards, wildcard_names=wildcards
    )
    return round(price.total)


def _request_note(request: ApprovalRequest) -> wire.RequestNote:
    return wire.RequestNote(
        id=request.id,
        date=tell_instant(request.created_at),
        type=request.kind.value,
        status=request.status.value,
        comments=request.comments or UNSET,
    )


def tell_domains(proofs: tuple[NameProof, ...], alias: str | UnsetType) -> list[wire.PlacedDomain]:
    """List the domains to be proved, each once, however many names lie in it."""
    domains = {}
    for proof in proofs:
        validation = proof.validation
        if validation is None:
            continue
        domains[validation.id] = wire.PlacedDomain(
            id=validation.id,
            name=validation.domain,
            dns_name=validation.domain,
            dcv_token=wire.DCVToken(
                token=validation.random_value,
                status="active" if proof.is_proved else "pending",
                expiration_date=tell_instant(validation.value_expires_at),
                verification_value=UNSET if proof.is_proved else alias,
            ),
        )
    return list(domains.values())
