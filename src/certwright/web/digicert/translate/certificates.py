"""Certificates: the files that clients download, the chain, and what is read off an issued one.

All text is PEM with CRLF. The chain above a leaf is the issuing CA's certificate and the root's, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509

from certwright.web.digicert.errors import invalid
from certwright.web.digicert.schemas.answers import ChainEntry
from certwright.web.shared import certificate_files as files

if TYPE_CHECKING:
    from certwright.services.delivery import DeliveredCertificate

_ZIP = "application/zip"
_PKCS7 = "application/x-pkcs7-certificates"
_PEM = "application/x-pem-file"
CRLF = "\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file for a client."""

    name: str
    content_type: str
    content: bytes


_Make = Callable[[str, bytes, Sequence[bytes]], Download]
"""Makes a file of a common name, a leaf and the certificates above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedFacts:
    """What only the issued certificate tells."""

    key_size: int
    signature_hash: str
    issuer: str


def download(delivered: DeliveredCertificate, format_name: str, *, zipped: bool = False) -> Download:
    """Make a file of a certificate and what belongs to it; ``zipped`` puts each certificate of a bundle into its own.

    Raises:
        InvalidInput: the manual knows no such format.
    """
    make = _ZIPPED.get(format_name) if zipped else None
    make = make or _FORMATS.get(format_name)
    if make is None:
        raise invalid("format_type")
    return make(files.subject_common_name(delivered.leaf), delivered.leaf, delivered.chain)


def chain_entries(delivered: DeliveredCertificate) -> list[ChainEntry]:
    """List a certificate and those above it, the leaf first."""
    return [_entry(der) for der in (delivered.leaf, *delivered.chain)]


def issued_facts(der: bytes) -> IssuedFacts:
    """Read what only the issued certificate tells."""
    certificate = x509.load_der_x509_certificate(der)
    digest = certificate.signature_hash_algorithm
    issuers = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return IssuedFacts(
        key_size=getattr(certificate.public_key(), "key_size", 0),
        signature_hash=digest.name if digest else "",
        issuer=str(issuers[0].value) if issuers else "",
    )


def _entry(der: bytes) -> ChainEntry:
    return ChainEntry(files.subject_common_name(der), files.pem([der], newline=CRLF))


def _stem(name: str) -> str:
    """Return a name as it may stand in a file name."""
    return name.replace("*", "star").replace(".", "_") or "certificate"


def _bundle(extension: str, pick: Callable[[bytes, Sequence[bytes]], Sequence[bytes]]) -> _Make:
    def make(name: str, leaf: bytes, above: Sequence[bytes]) -> Download:
        text = files.pem(pick(leaf, above), newline=CRLF)
        return Download(name=f"{_stem(name)}.{extension}", content_type=_PEM, content=text.encode())

    return make


def _archive(extension: str, *, with_root: bool) -> _Make:
    def make(name: str, leaf: bytes, above: Sequence[bytes]) -> Download:
        parts = {_stem(name): leaf, "IntermediateCA": above[0], "TrustedRoot": above[-1]}
        if not with_root:
            del parts["TrustedRoot"]
        content = files.zip_files(
            {f"{stem}.{extension}": files.pem([der], newline=CRLF).encode() for stem, der in parts.items()}
        )
        return Download(name=f"{_stem(name)}.zip", content_type=_ZIP, content=content)

    return make


def _pkcs7(extension: str) -> _Make:
    def make(name: str, leaf: bytes, above: Sequence[bytes]) -> Download:
        text = files.pkcs7_pem((leaf, *above), newline=CRLF)
        return Download(name=f"{_stem(name)}.{extension}", content_type=_PKCS7, content=text.encode())

    return make


_FORMATS: dict[str, _Make] = {
    "default": _archive("crt", with_root=True),
    "default_pem": _archive("crt", with_root=True),
    "default_cer": _archive("cer", with_root=True),
    "apache": _archive("crt", with_root=False),
    "cer": _pkcs7("cer"),
    "p7b": _pkcs7("p7b"),
    "crt": _bundle("crt", lambda leaf, _above: (leaf,)),
    "pem": _bundle("pem", lambda leaf, _above: (leaf,)),
    "pem_all": _bundle("pem", lambda leaf, above: (leaf, *above)),
    "pem_noroot": _bundle("pem", lambda leaf, above: (leaf, *above[:-1])),
    "pem_nointermediate": _bundle("pem", lambda leaf, above: (leaf, above[-1])),
}

_ZIPPED: dict[str, _Make] = {
    "pem_all": _archive("pem", with_root=True),
    "pem_noroot": _archive("pem", with_root=False),
}
"""What bundles are for a client that says it takes an archive."""
