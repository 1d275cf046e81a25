"""The world outside the database: time, applicants' hosts, CAs and mail servers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.certificate import Certificate, IssuanceRequest, IssuedCertificate, RevokedEntry
    from certwright.domain.csr import CSR
    from certwright.domain.dcv import CAAResult, DCVMethod, Probe, ProbeResult
    from certwright.domain.errors import InvalidInput
    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import AuthorityId


class Clock(Protocol):
    """Tells the time; tests stop it."""

    def now(self) -> datetime:
        """Return the present instant, aware, in UTC."""
        ...


class DomainProbe(Protocol):
    """Looks for a random value by DNS or by HTTP."""

    async def look(self, probe: Probe) -> ProbeResult:
        """Look once; never raises for what the applicant's hosts do or fail to do."""
        ...


class CAAChecker(Protocol):
    """Asks DNS whether our CA may issue for a name (RFC 8659)."""

    async def check(self, identifier: Identifier, *, method: DCVMethod) -> CAAResult:
        """Climb the tree from the name and judge the first record set found; a failed look-up is not allowed.

        ``method`` is how control of the name was proved, for RFC 8657's ``validationmethods``.
        """
        ...


class CSRReader(Protocol):
    """Reads CSRs by the hundred without keeping other requests waiting."""

    async def read_all(self, texts: Sequence[str]) -> list[CSR | InvalidInput]:
        """Read each as ``parse_csr`` does; one that can't be read stands as its error."""
        ...


class CABackend(Protocol):
    """Makes certificates."""

    async def issue(self, request: IssuanceRequest) -> IssuedCertificate:
        """Make a certificate.

        Raises:
            IssuanceRefused: the CA will not, however often it is asked.
            Unavailable: not now; ask again.
        """
        ...

    def chain(self, authority_id: AuthorityId) -> tuple[bytes, ...]:
        """Return the certificates above a leaf as DER, issuing CA first, root last.

        Raises:
            NotFound: no such authority.
        """
        ...

    def authority_ids(self) -> tuple[AuthorityId, ...]:
        """List the authorities that sign leaves, and so have a CRL, the present one first."""
        ...

    def is_ready(self) -> bool:
        """Whether the signing key is loaded."""
        ...


class RevocationSigner(Protocol):
    """Signs what tells relying parties of revocations: CRLs and OCSP answers."""

    def sign_crl(self, authority_id: AuthorityId, entries: Sequence[RevokedEntry], *, at: datetime) -> bytes:
        """Sign a complete CRL (RFC 5280 §5) as DER."""
        ...

    def parse_ocsp_request(self, request: bytes) -> OCSPQuestion:
        """Read an OCSP request (RFC 6960 §4.1).

        Raises:
            InvalidInput: it can't be parsed.
            NotFound: it asks about another issuer's certificate.
        """
        ...

    def sign_ocsp_response(
        self, question: OCSPQuestion, certificate: Certificate | None, *, at: datetime
    ) -> bytes:
        """Answer good, revoked, or (``None``: never issued) unknown, as DER."""
        ...

    def failed_ocsp_response(self, error: Exception) -> bytes:
        """Answer an unreadable request or one for another issuer (RFC 6960 §2.3), as DER."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OCSPQuestion:
    """The one certificate an OCSP request asks about, with the request's bytes and nonce."""

    authority_id: AuthorityId
    serial_number: str
    request: bytes
    nonce: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A plain-text e-mail to one address."""

    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Sends e-mail."""

    async def send(self, message: Message) -> None:
        """Hand the message to the mail server.

        Raises:
            Unavailable: the server did not take it.
        """
        ...
