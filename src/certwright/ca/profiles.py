"""Certificate profiles: what stands in a leaf of each validation level (BR §7.1.2.7), and the URLs in all certificates.

A profile is data: its policy OID and how the subject is built. What depends on the issuing CA alone is built once per
CA and shared by all leaves.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certwright.domain.errors import IssuanceRefused
from certwright.domain.identifier import fits_common_name
from certwright.domain.product import ValidationLevel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import AuthorityId
    from certwright.domain.organization import Subject

BACKDATED = timedelta(hours=1)
"""How far ``notBefore`` lies in the past, for clients whose clocks are slow."""

_Attributes = list[tuple[x509.ObjectIdentifier, str]]

# RFC 5280 App. A.1, upper bounds; a longer value would have to be shortened by a person.
_MAX_LENGTHS = {
    NameOID.ORGANIZATION_NAME: 64,
    NameOID.LOCALITY_NAME: 128,
    NameOID.STATE_OR_PROVINCE_NAME: 128,
    NameOID.SERIAL_NUMBER: 64,
}

# EVG §7.1.4.2.4: the other categories need their own checks, which an operator can't record here yet.
_BUSINESS_CATEGORY = "Private Organization"


def key_usage(*, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    """Build a key usage; every key of ours also signs (TLS handshakes, OCSP answers)."""
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityURLs:
    """Where this server publishes an authority's certificate, CRL and OCSP answers."""

    certificate: str
    crl: str
    ocsp: str

    @classmethod
    def under(cls, base_url: str, authority_id: AuthorityId) -> AuthorityURLs:
        """Name the URLs below the server's own, which must be reachable by ``http:`` (BR §7.1.2.11.2)."""
        root = f"{base_url.rstrip('/')}/pki/{authority_id}"
        return cls(certificate=f"{root}.crt", crl=f"{root}.crl", ocsp=f"{root}/ocsp")

    def issuer_access(self, *, with_ocsp: bool = False) -> x509.AuthorityInformationAccess:
        """Build the AIA of a certificate that the authority issued (RFC 5280 §4.2.2.1)."""
        ocsp = [(AuthorityInformationAccessOID.OCSP, self.ocsp)] if with_ocsp else []
        pairs = [*ocsp, (AuthorityInformationAccessOID.CA_ISSUERS, self.certificate)]
        return x509.AuthorityInformationAccess(
            [x509.AccessDescription(method, x509.UniformResourceIdentifier(url)) for method, url in pairs]
        )

    def crl_distribution_points(self) -> x509.CRLDistributionPoints:
        """Build the CRL distribution point of a certificate that the authority issued (RFC 5280 §4.2.1.13)."""
        full_name = [x509.UniformResourceIdentifier(self.crl)]
        return x509.CRLDistributionPoints([x509.DistributionPoint(full_name, None, None, None)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What sets the certificates of a validation level apart."""

    policy: x509.ObjectIdentifier
    subject_attributes: Callable[[Subject | None], _Attributes]


def _no_organization(_subject: Subject | None) -> _Attributes:
    return []  # BR §7.1.2.7.2: a DV subject holds nothing but a common name


def _organization(subject: Subject | None) -> _Attributes:
    """List the attributes of BR §7.1.2.7.4 in the order of §7.1.4.2, those without a value left out."""
    if subject is None:
        raise IssuanceRefused("A certificate that names an organization needs a validated one")
    attributes = [
        (NameOID.COUNTRY_NAME, subject.country),
        (NameOID.STATE_OR_PROVINCE_NAME, subject.state),
        (NameOID.LOCALITY_NAME, subject.locality),
        (NameOID.ORGANIZATION_NAME, subject.organization),
    ]
    return [(oid, value) for oid, value in attributes if value]


def _incorporated_organization(subject: Subject | None) -> _Attributes:
    """Add what EVG §7.1.4.2.4 to .6 want: category, jurisdiction (that of the address) and registration number."""
    attributes = _organization(subject)
    if subject is None or not subject.registration_number:
        raise IssuanceRefused("An EV certificate needs the organization's registration number")
    return [
        *attributes,
        (NameOID.BUSINESS_CATEGORY, _BUSINESS_CATEGORY),
        (NameOID.JURISDICTION_COUNTRY_NAME, subject.country),
        (NameOID.SERIAL_NUMBER, subject.registration_number),
    ]


PROFILES = {
    ValidationLevel.DV: Profile(
        policy=x509.ObjectIdentifier("2.23.140.1.2.1"), subject_attributes=_no_organization
    ),
    ValidationLevel.OV: Profile(
        policy=x509.ObjectIdentifier("2.23.140.1.2.2"), subject_attributes=_organization
    ),
    ValidationLevel.EV: Profile(
        policy=x509.ObjectIdentifier("2.23.140.1.1"), subject_attributes=_incorporated_organization
    ),
}  # fmt: skip


def build_subject(level: ValidationLevel, subject: Subject | None, names: Sequence[Identifier]) -> x509.Name:
    """Build a leaf's subject; its common name is the first name that fits one, and may be missing.

    Raises:
        IssuanceRefused: the level wants more of the organization than there is, or a value is too long.
    """
    attributes = PROFILES[level].subject_attributes(subject)
    for oid, value in attributes:
        if len(value) > _MAX_LENGTHS.get(oid, len(value)):
            raise IssuanceRefused(
                f"'{value}' is too long for a certificate: {_MAX_LENGTHS[oid]} characters at most"
            )
    common_names = [(NameOID.COMMON_NAME, name.name) for name in names if fits_common_name(name)]
    try:
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes + common_names[:1]])
    except ValueError as cause:
        raise IssuanceRefused(f"The organization can't stand in a certificate: {cause}") from cause


class LeafDrafts:
    """The beginnings of an issuing CA's leaves: what those of a level have in common is put together once."""

    def __init__(self, issuer: x509.Certificate, urls: AuthorityURLs) -> None:
        issuer_key_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        shared: tuple[tuple[x509.ExtensionType, bool], ...] = (
            (x509.BasicConstraints(ca=False, path_length=None), True),
            # BR §7.1.2.7.11: keyEncipherment beside it is not recommended, even for an RSA key.
            (key_usage(), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key_id), False),
            (urls.issuer_access(with_ocsp=True), False),
            (urls.crl_distribution_points(), False),
        )
        draft = x509.CertificateBuilder().issuer_name(issuer.subject)
        for extension, critical in shared:
            draft = draft.add_extension(extension, critical=critical)
        self._drafts = {
            level: draft.add_extension(
                x509.CertificatePolicies([x509.PolicyInformation(profile.policy, None)]), critical=False
            )
            for level, profile in PROFILES.items()
        }

    def draft(
        self,
        level: ValidationLevel,
        names: Sequence[Identifier],
        public_key: CertificatePublicKeyTypes,
        *,
        subject_is_empty: bool,
    ) -> x509.CertificateBuilder:
        """Begin a leaf with its issuer and all its extensions."""
        alternative = x509.SubjectAlternativeName([x509.DNSName(name.name) for name in names])
        key_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
        # RFC 5280 §4.2.1.6: the names are critical exactly if nothing else names the subject.
        draft = self._drafts[level].add_extension(alternative, critical=subject_is_empty)
        return draft.add_extension(key_id, critical=False)
