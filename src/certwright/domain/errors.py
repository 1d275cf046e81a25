"""Every fault that Certwright tells a caller about, as one tree of nominal classes.

    CertwrightError
    ├── InvalidInput            a value the caller sent can't be used (carries one Fault per field)
    │   └── UnusableCSR         the certificate signing request can't be used
    ├── NotFound                no such thing in this account (or it is another account's)
    ├── Conflict                the thing is not in a state that allows the action
    │   ├── StaleRecord         somebody else changed the row first; the use case is run again
    │   ├── RenewalRefused      the order can't be renewed (now); says which rule forbids it
    │   ├── AlreadyRevoked      the certificate or order is revoked; a client that asks twice may take it as done
    │   └── InsufficientFunds   the account's balance and credit limit do not cover the price
    ├── Unauthenticated         no credential, or a wrong one
    │   └── TokenExpired        a bearer token that was good once, or never
    ├── PermissionDenied        the credential is known but may not do this
    ├── LimitExceeded           too many requests, or too much asked for in one
    ├── IssuanceRefused         the CA, a CAA record or a policy refuses the certificate
    └── Unavailable             something we depend on does not answer; the caller may try again

A class carries a stable ``code`` for programs, a sentence fit for the caller, and, for orders of many names,
one ``Fault`` per field. Each dialect maps every class in its own ``errors.py``; what is not in this tree is a
fault of ours, is logged whole and told as nothing more than "internal error".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One field that is wrong: its path in our own words (``common_name``, ``names[2]``) and why."""

    field: str
    message: str


class CertwrightError(Exception):
    """Root of the tree; never raised itself."""

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.faults = faults


class InvalidInput(CertwrightError):
    """A value that the caller sent can't be used."""

    code = "invalid_input"

    @classmethod
    def for_field(cls, field: str, message: str) -> InvalidInput:
        """Build the error for a single field."""
        return cls(message, faults=(Fault(field=field, message=message),))


class UnusableCSR(InvalidInput):
    """The certificate signing request can't be parsed, is badly signed or holds a key that may not be used."""

    code = "unusable_csr"


class NotFound(CertwrightError):
    """No such thing in this account; a thing of another account answers exactly the same."""

    code = "not_found"

    def __init__(self, kind: str, *, message: str | None = None) -> None:
        super().__init__(message or f"{kind.capitalize()} not found")
        self.kind = kind


class Conflict(CertwrightError):
    """The thing is not in a state that allows the action."""

    code = "conflict"


class StaleRecord(Conflict):
    """Another transaction changed the row first; the use case may simply be run again."""

    code = "stale_record"


class RenewalObstacle(StrEnum):
    """The rules that forbid a renewal."""

    RENEWED_ALREADY = "renewed_already"
    NOT_RENEWABLE = "not_renewable"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


class RenewalRefused(Conflict):
    """The order can't be renewed, or not now; ``obstacle`` says which rule forbids it."""

    code = "renewal_refused"

    def __init__(self, message: str, *, obstacle: RenewalObstacle) -> None:
        super().__init__(message)
        self.obstacle = obstacle


class AlreadyRevoked(Conflict):
    """The certificate or order is revoked already; a client that asks twice may take it as done."""

    code = "already_revoked"


class InsufficientFunds(Conflict):
    """The account's balance and credit limit do not cover the price."""

    code = "insufficient_funds"


class Unauthenticated(CertwrightError):
    """No credential was sent, or a wrong one."""

    code = "unauthenticated"


class TokenExpired(Unauthenticated):
    """The bearer token has run out or was never handed out by us."""

    code = "token_expired"


class PermissionDenied(CertwrightError):
    """The credential is known but may not do this; ``is_own_request`` where only because it asked for it itself."""

    code = "permission_denied"

    def __init__(self, message: str, *, is_own_request: bool = False) -> None:
        super().__init__(message)
        self.is_own_request = is_own_request


class LimitExceeded(CertwrightError):
    """Too many requests, or too much asked for in one of them."""

    code = "limit_exceeded"

    def __init__(self, message: str, *, retry_after_seconds: int | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class IssuanceRefused(CertwrightError):
    """The CA, a CAA record or a policy of ours refuses the certificate; trying again does not help by itself."""

    code = "issuance_refused"


class Unavailable(CertwrightError):
    """Something that we depend on does not answer; the caller may try again."""

    code = "unavailable"
