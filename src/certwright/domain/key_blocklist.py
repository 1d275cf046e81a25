"""Keys that everybody knows: blocklists of hashes, as published for Debian's weak keys and for leaked ones.

Debian's OpenSSL of 2006 to 2008 made one of some 300,000 keys of each size (CVE-2008-0166); BR §6.1.1.3 has them refused.
The lists are too large to ship, so an operator names files. One line is one key, in any of these forms:

- 20 hex digits: the last half of the SHA-1 over ``Modulus=…``, as in Debian's ``openssl-blacklist``;
- 64 hex digits: the SHA-256 of the modulus or of the x-coordinate, as in the lists of github.com/CVE-2008-0166;
- 64 hex digits: the SHA-256 of the SubjectPublicKeyInfo, as in lists of leaked keys.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certwright.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

_LINE = re.compile(r"(?:[0-9a-fA-F]{20}|[0-9a-fA-F]{64})\Z")
_OPENSSL_HASH_BYTES = 10


class KeyBlocklist:
    """A set of known keys."""

    def __init__(self, hashes: frozenset[bytes] = frozenset()) -> None:
        self._hashes = hashes

    def __len__(self) -> int:
        return len(self._hashes)

    def has(self, key: CertificatePublicKeyTypes) -> bool:
        """Whether the key is on the list."""
        return bool(self._hashes) and not self._hashes.isdisjoint(_hashes_of(key))


def parse_key_blocklist(lines: Iterable[str]) -> KeyBlocklist:
    """Read a blocklist; empty lines and those that begin with ``#`` say nothing.

    Raises:
        InvalidInput: a line has none of the forms.
    """
    hashes = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if not _LINE.match(text):
            raise InvalidInput.for_field("key_blocklist", f"Line {number} of the key blocklist is not a hash")
        hashes.add(bytes.fromhex(text))
    return KeyBlocklist(frozenset(hashes))


def _hashes_of(key: CertificatePublicKeyTypes) -> list[bytes]:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    hashes = [hashlib.sha256(spki).digest()]
    if isinstance(key, rsa.RSAPublicKey):
        modulus = key.public_numbers().n
        line = b"Modulus=%X\n" % modulus
        hashes.append(hashlib.sha1(line, usedforsecurity=False).digest()[_OPENSSL_HASH_BYTES:])
        hashes.append(hashlib.sha256(_to_bytes(modulus)).digest())
    elif isinstance(key, ec.EllipticCurvePublicKey):
        hashes.append(hashlib.sha256(_to_bytes(key.public_numbers().x)).digest())
    return hashes


def _to_bytes(number: int) -> bytes:
    """Write a number without leading zeros, as the published lists do."""
    return number.to_bytes((number.bit_length() + 7) // 8)
