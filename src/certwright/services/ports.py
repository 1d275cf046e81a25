"""What the use cases need of the outer rooms, as protocols that those rooms implement.

``Store`` opens units of work. Inside ``writing()`` everything that is done is committed together when the block ends
well, and nothing of it otherwise; ``reading()`` gives one consistent view. A unit of work must not be used after its
block, nor by two tasks at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from certwright.domain.account import AccessToken, Account, APIKey, Secret
    from certwright.domain.approval import ApprovalRequest
    from certwright.domain.certificate import (
        AuthorityRecord,
        Certificate,
        IssuanceRequest,
        IssuedCertificate,
        RevokedEntry,
    )
    from certwright.domain.change import StatusChange
    from certwright.domain.contact import Contact
    from certwright.domain.dcv import CAAResult, Probe, ProbeResult, Validation
    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import (
        AccountId,
        APIKeyId,
        ApprovalRequestId,
        AuthorityId,
        CertificateId,
        ContactId,
        JobId,
        OrderId,
        OrganizationId,
        ValidationId,
    )
    from certwright.domain.order import Applied, Order
    from certwright.domain.organization import Organization, OrganizationValidation
    from certwright.domain.query import ChangedOrder, OrderPage, OrderQuery


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

    async def check(self, identifier: Identifier) -> CAAResult:
        """Climb the tree from the name and judge the first record set found; a failed look-up is not allowed."""
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

    def sign_ocsp_response(self, question: OCSPQuestion, certificate: Certificate | None, *, at: datetime) -> bytes:
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


class NumberKind(StrEnum):
    """The series of numbers that are handed out; orders and certificates each have their own."""

    ACCOUNT = "account"
    API_KEY = "api_key"
    ORDER = "order"
    CERTIFICATE = "certificate"
    VALIDATION = "validation"
    CONTACT = "contact"
    ORGANIZATION = "organization"
    REQUEST = "request"
    AUTHORITY = "authority"
    JOB = "job"


class Store(Protocol):
    """The database."""

    def writing(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work that may write.

        Raises (when the block ends): ``StaleRecord`` if the database found it in conflict with another.
        """
        ...

    def reading(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Open a unit of work that only reads."""
        ...

    async def allot(self, kind: NumberKind, count: int = 1) -> list[int]:
        """Hand out new numbers of a series, each greater than all that this process got before.

        They come from blocks reserved in a transaction of their own, so a number may be lost but never given twice.
        Call it outside a unit of work.
        """
        ...


class Orders(Protocol):
    """The order book."""

    async def add(self, applied: Applied) -> None:
        """Store a new order, its names and its first change."""
        ...

    async def record(self, applied: Applied) -> StatusChange:
        """Store a moved order and its change; return the change with its sequence number.

        Raises:
            StaleRecord: the row's version is no longer that of the order.
        """
        ...

    async def save(self, order: Order) -> None:
        """Store an order whose status did not change.

        Raises:
            StaleRecord: as for ``record``.
        """
        ...

    async def get(self, account_id: AccountId, order_id: OrderId) -> Order:
        """Return an order of the account.

        Raises:
            NotFound: no such order in this account.
        """
        ...

    async def find(self, order_id: OrderId) -> Order | None:
        """Return an order of any account; for the worker and the operator."""
        ...

    async def find_awaiting_organization(self, organization_id: OrganizationId) -> list[Order]:
        """List the orders for an organization that await proof, in any account."""
        ...


class OrderSearch(Protocol):
    """Finds orders; later also answered by an in-memory index."""

    async def search(self, query: OrderQuery) -> OrderPage:
        """Return a page of what matches, and how many match in all, exactly."""
        ...


class Changes(Protocol):
    """The append-only log of status changes."""

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[StatusChange]:
        """List an order's changes, oldest first."""
        ...

    async def list_after(self, account_id: AccountId, sequence: int, limit: int) -> list[StatusChange]:
        """List an account's changes behind a sequence number, in their order."""
        ...

    async def list_changed_orders(
        self, account_id: AccountId, start: datetime, end: datetime, *, offset: int = 0, limit: int | None = None
    ) -> list[ChangedOrder]:
        """List the orders whose last status change lies in the span, both ends included, highest order id first."""
        ...


class Certificates(Protocol):
    """Certificates of all orders."""

    async def add(self, certificate: Certificate) -> None:
        """Store a new certificate, usually one not issued yet."""
        ...

    async def save(self, certificate: Certificate, *, expected: str) -> None:
        """Store a changed certificate whose stored status must still be ``expected``.

        Raises:
            StaleRecord: it is not.
        """
        ...

    async def get(self, account_id: AccountId, certificate_id: CertificateId) -> Certificate:
        """Return a certificate of the account.

        Raises:
            NotFound: no such certificate in this account.
        """
        ...

    async def find_by_serial_number(self, account_id: AccountId, serial_number: str) -> Certificate | None:
        """Return the account's certificate with a serial number (upper-case hex without leading zeros)."""
        ...

    async def find_issued(self, authority_id: AuthorityId, serial_number: str) -> Certificate | None:
        """Return the certificate that an authority issued under a serial number, in any account."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Certificate]:
        """List all certificates of an order, oldest first."""
        ...

    async def list_revoked(self, authority_id: AuthorityId, at: datetime) -> list[RevokedEntry]:
        """List an authority's revoked certificates that have not run out."""
        ...

    async def is_key_compromised(self, key_hash: bytes) -> bool:
        """Whether some certificate of any account with this key was revoked for key compromise."""
        ...


class Validations(Protocol):
    """Domain validations."""

    async def add(self, validation: Validation) -> None:
        """Store a new validation."""
        ...

    async def save(self, validation: Validation) -> None:
        """Store a changed validation."""
        ...

    async def get(self, account_id: AccountId, validation_id: ValidationId) -> Validation:
        """Return a validation of the account.

        Raises:
            NotFound: no such validation in this account.
        """
        ...

    async def find(self, validation_id: ValidationId) -> Validation | None:
        """Return a validation of any account; for the approval page, which knows a secret of its own."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[Validation]:
        """List the validations that an order asked for."""
        ...

    async def find_fresh(self, account_id: AccountId, domains: Sequence[str], at: datetime) -> list[Validation]:
        """List the account's valid, unexpired validations proved at one of the domains."""
        ...

    async def add_approval(self, code_hash: bytes, validation_id: ValidationId, expires_at: datetime) -> None:
        """Store the hash of a code mailed to an approver."""
        ...

    async def find_approval(self, code_hash: bytes, at: datetime) -> ValidationId | None:
        """Return which validation an unexpired, unused code approves."""
        ...

    async def use_approval(self, code_hash: bytes, at: datetime) -> bool:
        """Spend a code; false when somebody was faster."""
        ...


class Accounts(Protocol):
    """Accounts, their keys and tokens."""

    async def add(self, account: Account) -> None:
        """Store a new account.

        Raises:
            Conflict: the name is taken.
        """
        ...

    async def save(self, account: Account) -> None:
        """Store a changed account."""
        ...

    async def get(self, account_id: AccountId) -> Account:
        """Return an account.

        Raises:
            NotFound: no such account.
        """
        ...

    async def list_all(self) -> list[Account]:
        """List all accounts by id."""
        ...

    async def add_key(self, key: APIKey, secret_hash: bytes) -> None:
        """Store a new key under its secret's hash."""
        ...

    async def save_key(self, key: APIKey) -> None:
        """Store a changed key."""
        ...

    async def get_key(self, key_id: APIKeyId) -> APIKey:
        """Return a key of any account.

        Raises:
            NotFound: no such key.
        """
        ...

    async def list_keys(self, account_id: AccountId) -> list[APIKey]:
        """List an account's keys by id."""
        ...

    async def find_key_by_secret(self, secret_hash: bytes) -> APIKey | None:
        """Return the key with this secret, revoked or not."""
        ...

    async def find_key_by_username(self, username: str) -> APIKey | None:
        """Return the key with this username, revoked or not."""
        ...

    async def add_token(self, token: AccessToken) -> None:
        """Store a bearer token."""
        ...

    async def find_token_key(self, token_hash: bytes, at: datetime) -> APIKeyId | None:
        """Return whose unexpired bearer token this is."""
        ...

    async def purge_tokens(self, at: datetime) -> None:
        """Forget the tokens that have run out."""
        ...


class Organizations(Protocol):
    """Organizations and their validations."""

    async def add(self, organization: Organization) -> None:
        """Store a new organization."""
        ...

    async def get(self, account_id: AccountId, organization_id: OrganizationId) -> Organization:
        """Return an organization of the account.

        Raises:
            NotFound: no such organization in this account.
        """
        ...

    async def find(self, organization_id: OrganizationId) -> Organization | None:
        """Return an organization of any account; for the operator."""
        ...

    async def list_of_account(self, account_id: AccountId) -> list[Organization]:
        """List an account's organizations by id."""
        ...

    async def list_all(self) -> list[Organization]:
        """List the organizations of all accounts by id; for the operator."""
        ...

    async def set_validation(self, organization_id: OrganizationId, validation: OrganizationValidation) -> None:
        """Store a validation in place of an earlier one of the same level."""
        ...


class Contacts(Protocol):
    """Contacts."""

    async def add(self, contact: Contact) -> None:
        """Store a new contact."""
        ...

    async def get(self, account_id: AccountId, contact_id: ContactId) -> Contact:
        """Return a contact of the account.

        Raises:
            NotFound: no such contact in this account.
        """
        ...


class ApprovalRequests(Protocol):
    """Approval requests."""

    async def add(self, request: ApprovalRequest) -> None:
        """Store a new request."""
        ...

    async def save(self, request: ApprovalRequest, *, expected: str) -> None:
        """Store a changed request whose stored status must still be ``expected``.

        Raises:
            StaleRecord: it is not.
        """
        ...

    async def get(self, account_id: AccountId, request_id: ApprovalRequestId) -> ApprovalRequest:
        """Return a request of the account.

        Raises:
            NotFound: no such request in this account.
        """
        ...

    async def list_of_account(self, account_id: AccountId) -> list[ApprovalRequest]:
        """List an account's requests, newest first."""
        ...

    async def list_of_order(self, account_id: AccountId, order_id: OrderId) -> list[ApprovalRequest]:
        """List an order's requests, oldest first."""
        ...


class JobKind(StrEnum):
    """What the worker is asked to look at."""

    ADVANCE_ORDER = "advance_order"
    EXPIRE_CERTIFICATE = "expire_certificate"
    LAPSE_ORDER = "lapse_order"
    SEND_APPROVAL_EMAIL = "send_approval_email"
    PURGE = "purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A durable note to look at something again. ``tries`` counts the runs that failed since the last success.

    ``generation`` grows whenever the same job is asked for again, so that a request made while the job runs is not
    lost when it finishes.
    """

    id: JobId
    kind: JobKind
    subject_id: int
    run_at: datetime
    tries: int = 0
    generation: int = 0


class Jobs(Protocol):
    """The durable jobs; a job is unique by kind and subject."""

    async def enqueue(self, kind: JobKind, subject_id: int, run_at: datetime) -> None:
        """Ask for a run at an instant, or move a waiting one forward; never moves it back."""
        ...

    async def claim(self, at: datetime, lease_until: datetime, limit: int) -> list[Job]:
        """Take due jobs that nobody holds, oldest first; a lease that runs out frees them again."""
        ...

    async def finish(self, job: Job) -> None:
        """Forget a job that is done, unless it was asked for again meanwhile: then free it."""
        ...

    async def retry(self, job: Job, run_at: datetime, *, failed: bool, error: str = "") -> None:
        """Free a job for a later run; ``failed`` counts a try."""
        ...

    async def next_run_at(self) -> datetime | None:
        """Return when the earliest free job is due."""
        ...


class Authorities(Protocol):
    """The embedded CA's certificates and sealed keys."""

    async def add(self, record: AuthorityRecord) -> None:
        """Store an authority."""
        ...

    async def list_all(self) -> list[AuthorityRecord]:
        """List all authorities by id."""
        ...


class UnitOfWork(Protocol):
    """One transaction over everything that is stored."""

    @property
    def orders(self) -> Orders: ...
    @property
    def search(self) -> OrderSearch: ...
    @property
    def changes(self) -> Changes: ...
    @property
    def certificates(self) -> Certificates: ...
    @property
    def validations(self) -> Validations: ...
    @property
    def accounts(self) -> Accounts: ...
    @property
    def organizations(self) -> Organizations: ...
    @property
    def contacts(self) -> Contacts: ...
    @property
    def requests(self) -> ApprovalRequests: ...
    @property
    def jobs(self) -> Jobs: ...
    @property
    def authorities(self) -> Authorities: ...


