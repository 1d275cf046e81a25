"""Domain control validation: methods, what to publish where, and how far one proof reaches.

A ``Validation`` is a record of its own. It belongs to an account and a FQDN, outlives the order that asked for it,
and saves later orders a new proof while it is fresh: ``reusable_until`` comes from the dated table in ``rules``.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from certwright.domain import rules

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.identifier import Identifier
    from certwright.domain.ids import AccountId, OrderId, ValidationId

RANDOM_VALUE_LIFETIME = timedelta(days=29)
"""BR §3.2.2.4.4, .7 and .18 allow 30 days; a day is kept in hand."""

_RANDOM_ALPHABET = string.ascii_lowercase + string.digits
_RANDOM_LENGTH = 32  # 36**32 > 2**165; BR "Random Value" asks for 112 bits, we promise 128.

# A byte picks a letter; those beyond the last whole round of the alphabet are thrown away, or some letters would come up
# more often than others.
_ROUNDS = 256 // len(_RANDOM_ALPHABET)
_UNEVEN_BYTES = bytes(range(_ROUNDS * len(_RANDOM_ALPHABET), 256))
_LETTER_OF_BYTE = (_RANDOM_ALPHABET * (_ROUNDS + 1)).encode()[:256]

WEBSITE_PATH = "/.well-known/pki-validation/"
"""BR §3.2.2.4.18: the directory under which the agreed-upon change to a website is made."""

WEBSITE_FILE = "fileauth.txt"

DNS_LABEL = "_dnsauth"
"""The underscore label looked at before the bare name (BR §3.2.2.4.7)."""

CONSTRUCTED_LOCAL_PARTS = ("admin", "administrator", "webmaster", "hostmaster", "postmaster")
"""BR §3.2.2.4.4: the only mailboxes that may be made up for a domain."""


class DCVMethod(StrEnum):
    """A way to prove control; the values are ours, the dialects have their own words."""

    EMAIL = "email"  # BR §3.2.2.4.4 Constructed Email to Domain Contact
    DNS_TXT = "dns-txt"  # BR §3.2.2.4.7 DNS Change
    DNS_CNAME = "dns-cname"  # BR §3.2.2.4.7 DNS Change
    WEBSITE = "website"  # BR §3.2.2.4.18 Agreed-Upon Change to Website v2

    @property
    def reaches_subdomains(self) -> bool:
        """Whether a proof for a name also covers its wildcard and every name below it (BR §3.2.2.4.18: a file does not)."""
        return self is not DCVMethod.WEBSITE

    @property
    def description(self) -> str:
        """The method in words for people, whichever dialect they speak."""
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    DCVMethod.EMAIL: "e-mail",
    DCVMethod.DNS_TXT: "a DNS TXT record",
    DCVMethod.DNS_CNAME: "a DNS CNAME record",
    DCVMethod.WEBSITE: "a file on the website",
}


class ValidationStatus(StrEnum):
    """Where a validation stands."""

    PENDING = "pending"  # the applicant has to publish, the worker looks
    VALID = "valid"
    FAILED = "failed"  # given up: canceled with its order, or its random value ran out


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """A proof of control of a FQDN by an account, wanted or given.

    ``domain`` is the FQDN to be proved, never with ``*.``; ``order_id`` is ``None`` where no order asked for the proof. ``random_value`` runs out at ``value_expires_at``.
    ``proved_domain`` is the Authorization Domain Name at which the proof was found. ``reason`` and ``next_step``
    tell a person why the name is not proved yet and what to do. ``version`` guards every update, as an order's does.
    """

    id: ValidationId
    account_id: AccountId
    order_id: OrderId | None
    domain: str
    method: DCVMethod
    status: ValidationStatus
    random_value: str
    value_expires_at: datetime
    created_at: datetime
    approver_email: str | None = None
    proved_domain: str | None = None
    validated_at: datetime | None = None
    reusable_until: datetime | None = None
    last_checked_at: datetime | None = None
    reason: str = ""
    next_step: str = ""
    version: int = 0

    def covers(self, identifier: Identifier, at: datetime) -> bool:
        """Whether this proof is fresh and reaches the name."""
        if not self._is_fresh(at):
            return False
        proved = self.proved_domain or self.domain
        if self.method.reaches_subdomains:
            return identifier.fqdn == proved or identifier.fqdn.endswith("." + proved)
        return not identifier.is_wildcard and identifier.fqdn == proved

    @property
    def ends_at(self) -> datetime | None:
        """From when on the proof can't be used any more, by the rules that are known today."""
        if self.validated_at is None or self.reusable_until is None:
            return None
        ends_at = min(self.reusable_until, rules.validation_ends_at(self.validated_at))
        return min(ends_at, rules.EMAIL_METHODS_END_AT) if self.method is DCVMethod.EMAIL else ends_at

    def _is_fresh(self, at: datetime) -> bool:
        if (
            self.status is not ValidationStatus.VALID
            or self.validated_at is None
            or self.reusable_until is None
        ):
            return False
        if self.method is DCVMethod.EMAIL and at >= rules.EMAIL_METHODS_END_AT:
            return False
        # BR §4.2.1 limits the age on the day of use, so a proof may run out sooner than was thought when it was given.
        return at < self.reusable_until and at - self.validated_at < rules.max_validation_age(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What to look for: a value, by a method, for a FQDN and the names at which it may be found."""

    method: DCVMethod
    domain: str
    candidates: tuple[str, ...]
    random_value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What was seen. ``proved_domain`` is set if, and only if, the value was found.

    Otherwise ``reason`` says what was seen instead and ``next_step`` what the applicant should do.
    """

    proved_domain: str | None = None
    reason: str = ""
    next_step: str = ""

    @property
    def is_proved(self) -> bool:
        """Whether control was proved."""
        return self.proved_domain is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class CAAResult:
    """Whether the CAA records of a name let our CA issue (RFC 8659), and the record that decided it."""

    allowed: bool
    reason: str = ""
    found_at: str | None = None


def generate_random_value() -> str:
    """Make a random value of 32 lower-case letters and digits (more than 128 random bits)."""
    letters = ""
    while len(letters) < _RANDOM_LENGTH:
        # All bytes at once: asking for them one by one took a fifth of the time of placing an order.
        letters += secrets.token_bytes(_RANDOM_LENGTH + 8).translate(_LETTER_OF_BYTE, _UNEVEN_BYTES).decode()
    return letters[:_RANDOM_LENGTH]


def dns_names(candidate: str) -> tuple[str, str]:
    """List where a DNS record may stand for an Authorization Domain Name, in the order in which we look."""
    return f"{DNS_LABEL}.{candidate}", candidate


def constructed_emails(identifier: Identifier) -> tuple[str, ...]:
    """List the addresses that may approve a name: five mailboxes at the FQDN and at each parent (BR §3.2.2.4.4)."""
    return tuple(
        f"{local}@{domain}"
        for domain in identifier.authorization_domain_names()
        for local in CONSTRUCTED_LOCAL_PARTS
    )
