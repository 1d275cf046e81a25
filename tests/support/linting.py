"""What pkilint says of certificates, CRLs and OCSP answers, less the findings that are explained here."""

from __future__ import annotations

import functools
from typing import Any

from pkilint import finding_filter, loader, pkix
from pkilint.cabf import cabf_crl, serverauth
from pkilint.pkix import certificate, crl, extension, name, ocsp

EXPLAINED = {
    # NOT RECOMMENDED of a common name (BR §7.1.2.7.2, .4): clients of both vendors look for one.
    "cabf.serverauth.dv.common_name_attribute_present",
    "cabf.serverauth.ov.common_name_attribute_present",
    "cabf.ev_guidelines.common_name_attribute_present",
    # NOT RECOMMENDED of a subject key identifier (BR §7.1.2.7.6): certificate stores of servers find keys by it.
    "cabf.serverauth.subscriber.subject_key_identifier_extension_present",
    # No fault: names the method of RFC 5280 §4.2.1.2 by which the key identifier was made.
    "pkix.subject_key_identifier_method_1_identified",
}


def lint_certificate(der: bytes) -> set[str]:
    """Return the codes of all findings on a leaf under the CA/Browser Forum's rules for its type."""
    document = loader.load_der_certificate(der, "leaf")
    kind = serverauth.determine_certificate_type(document)
    results = _certificate_validator(kind).validate(document.root)
    filters = serverauth.create_serverauth_finding_filters(kind)
    return _codes(finding_filter.filter_results(filters, results)[0])


def lint_crl(der: bytes) -> set[str]:
    """Return the codes of all findings on a CRL under RFC 5280 and the Baseline Requirements."""
    return _codes(_crl_validator().validate(loader.load_der_crl(der, "crl").root))


def lint_ocsp_response(der: bytes) -> set[str]:
    """Return the codes of all findings on an OCSP answer under RFC 6960."""
    return _codes(_ocsp_validator().validate(loader.load_der_ocsp_response(der, "ocsp").root))


def _codes(results: Any) -> set[str]:
    found = {description.finding.code for result in results for description in result.finding_descriptions}
    return found - EXPLAINED


@functools.cache
def _certificate_validator(kind: Any) -> Any:
    return certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )


@functools.cache
def _crl_validator() -> Any:
    kind = crl.CertificateRevocationListType.CRL
    decoders = [
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
    validators = [
        crl.create_issuer_validator_container([]),
        crl.create_validity_validator_container([cabf_crl.create_validity_period_validator(kind)]),
        crl.create_extensions_validator_container([]),
        cabf_crl.CabfCrlReasonCodeAllowlistValidator(kind),
    ]
    return crl.create_pkix_crl_validator_container(decoders, validators)


@functools.cache
def _ocsp_validator() -> Any:
    decoders = [
        ocsp.create_response_decoder(),
        pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
        pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
    ]
    return ocsp.create_pkix_ocsp_response_validator_container(decoders, [])
