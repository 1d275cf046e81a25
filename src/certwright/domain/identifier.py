"""DNS names as identifiers of an order: parsing, wildcards, parents.

A name is kept in one canonical form: lower case A-labels without the root dot (RFC 5890 §2.3.2.1). BR §3.2.2.4 calls
the name without ``*.`` the FQDN to be validated, and any name between it and the registrable domain an
Authorization Domain Name.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import idna
from publicsuffixlist import PublicSuffixList

from certwright.domain.errors import InvalidInput

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
_MAX_NAME_LENGTH = 253
_MAX_COMMON_NAME_LENGTH = 64


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@functools.lru_cache(maxsize=1024)  # a name is asked for several times in a row
def _below_suffix(fqdn: str) -> tuple[str, ...]:
    """List a name and its parents down to the one directly below the public suffix; a suffix has none."""
    registrable = _suffixes().privatesuffix(fqdn)
    if registrable is None:
        return ()
    labels = fqdn.split(".")
    return tuple(".".join(labels[start:]) for start in range(len(labels) - registrable.count(".")))


@dataclass(frozen=True, slots=True, order=True)
class Identifier:
    """A DNS name in canonical form, with or without a leading ``*.`` (RFC 9525 §6.3, BR §1.6.1 "Wildcard Domain Name")."""

    name: str

    @property
    def is_wildcard(self) -> bool:
        """Whether the name begins with ``*.``."""
        return self.name.startswith("*.")

    @property
    def fqdn(self) -> str:
        """The name whose control has to be proved: the name itself without ``*.``."""
        return self.name.removeprefix("*.")

    @property
    def registrable_domain(self) -> str:
        """The name directly below the public suffix (BR "Base Domain Name"); the FQDN itself where there is none."""
        return self.authorization_domain_names()[-1]

    def authorization_domain_names(self) -> tuple[str, ...]:
        """List the FQDN and its parents down to the registrable domain, longest first (BR §3.2.2.4)."""
        return _below_suffix(self.fqdn) or (self.fqdn,)

    def __str__(self) -> str:
        return self.name


def parse_identifier(text: str, *, field: str = "common_name") -> Identifier:
    """Read a DNS name or wildcard domain name in any case, as U-labels or A-labels, with or without a root dot.

    Raises:
        InvalidInput: it is no such name, has no dot, is an IP address, is itself a public suffix, or is too long.
    """
    name = text.strip().rstrip(".").lower()
    wildcard = name.startswith("*.")
    fqdn = _to_ascii(name.removeprefix("*."), field)
    labels = fqdn.split(".")
    if len(labels) < 2 or not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit():  # noqa: PLR2004
        raise InvalidInput.for_field(field, f"'{text[:100]}' is not a valid domain name")
    if len(fqdn) > _MAX_NAME_LENGTH - 2:
        raise InvalidInput.for_field(field, "The domain name is longer than 253 characters")
    if not _below_suffix(fqdn):
        # BR §3.2.2.6: no wildcard directly above a public suffix, and nobody controls a suffix by one proof.
        raise InvalidInput.for_field(field, f"'{fqdn}' is a public suffix")
    return Identifier("*." + fqdn if wildcard else fqdn)


def _to_ascii(name: str, field: str) -> str:
    if name.isascii() and "xn--" not in name:
        return name
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as cause:
        raise InvalidInput.for_field(
            field, f"'{name[:100]}' is not a valid internationalized domain name"
        ) from cause


def fits_common_name(identifier: Identifier) -> bool:
    """Whether the name may stand in a subject's CN, which holds at most 64 characters (RFC 5280 App. A.1)."""
    return len(identifier.name) <= _MAX_COMMON_NAME_LENGTH
