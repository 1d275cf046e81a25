"""Generate CSR and Decode CSR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.csr import CSRSubject, KeySpec
from certwright.domain.identifier import parse_identifier
from certwright.web.webnic.schemas.csrs import DecodeCSRAnswer, GenerateCSRAnswer
from certwright.web.webnic.translate.faults import check_present, invalid_field

if TYPE_CHECKING:
    from certwright.domain.csr import CSR, GeneratedCSR
    from certwright.web.webnic.schemas.csrs import GenerateCSRRequest

_KEYS = {
    256: KeySpec.P256,
    384: KeySpec.P384,
    2048: KeySpec.RSA2048,
    3072: KeySpec.RSA3072,
    4096: KeySpec.RSA4096,
}
_USUAL_KEY = 2048
_LONGEST_FIELD = 64  # RFC 5280 App. A.1: the least of the upper bounds
_COUNTRY_LETTERS = 2


def csr_subject(request: GenerateCSRRequest) -> CSRSubject:
    """Translate the subject of a CSR to be made.

    Raises:
        InvalidInput: the common name is missing or no domain name, or a field is too long.
    """
    check_present({"commonName": request.common_name})
    country = (request.country_code or "").upper()
    if country and not (len(country) == _COUNTRY_LETTERS and country.isascii() and country.isalpha()):
        raise invalid_field("countryCode", "invalid format")
    texts = {
        "commonName": parse_identifier(request.common_name, field="commonName").name,
        "organization": request.organization or "",
        "organizationUnit": request.organization_unit or "",
        "locality": request.locality or "",
        "state": request.state or "",
        "email": request.email or "",
    }
    for field, text in texts.items():
        if len(text) > _LONGEST_FIELD:
            raise invalid_field(field, f"invalid length - min: 0 | max: {_LONGEST_FIELD}")
    return CSRSubject(
        common_name=texts["commonName"],
        organization=texts["organization"],
        organization_unit=texts["organizationUnit"],
        locality=texts["locality"],
        state=texts["state"],
        country=country,
        email=texts["email"],
    )


def csr_names(request: GenerateCSRRequest, common_name: str) -> tuple[str, ...]:
    """List the names of the SAN of a CSR to be made, the common name first.

    Raises:
        InvalidInput: one is no domain name.
    """
    others = [
        parse_identifier(text, field=f"sanfield[{index}]").name
        for index, text in enumerate(request.sanfield or [])
        if text.strip()
    ]
    return tuple(dict.fromkeys([common_name, *others]))


def key_spec(request: GenerateCSRRequest) -> KeySpec:
    """Choose the key by its size.

    Raises:
        InvalidFields: we make no keys of this size.
    """
    spec = _KEYS.get(_USUAL_KEY if request.key_size is None else request.key_size)
    if spec is None:
        raise invalid_field("keySize", f"must be one of {', '.join(map(str, _KEYS))}")
    return spec


def generated_csr(made: GeneratedCSR) -> GenerateCSRAnswer:
    """Write a CSR just made, with its private key."""
    return GenerateCSRAnswer(csr=made.csr_pem, private_key=made.private_key_pem.reveal())


def decoded_csr(csr: CSR) -> DecodeCSRAnswer:
    """Write what a CSR says."""
    return DecodeCSRAnswer(
        common_name=csr.common_name,
        organization=csr.organization,
        organization_unit=csr.organization_unit,
        locality=csr.locality,
        state=csr.state,
        country_code=csr.country,
        email=csr.email,
        key_type=csr.key_type,
        key_size=csr.key_size,
        signature_algorithm=csr.signature_algorithm,
        signature_valid=csr.signature_holds,
        sanfield=list(csr.names),
    )
