"""Which public keys may stand in a certificate; every rule names its clause.

Allowed are RSA keys of 2048 to 8192 bits and EC keys on P-256 and P-384. What the Baseline Requirements want refused
is refused: keys on a blocklist, ROCA keys, RSA moduli with small factors or with factors close to each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certwright.domain.errors import UnusableCSR
from certwright.domain.key_blocklist import KeyBlocklist

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    from certwright.domain.errors import InvalidInput

_MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192  # above it a signature check costs milliseconds, which callers could abuse
_MIN_EXPONENT = 2**16 + 1
_MAX_EXPONENT = 2**256 - 1
_SMALLEST_FACTOR = 752
_FERMAT_ROUNDS = 100
_CURVES = (ec.SECP256R1, ec.SECP384R1)

_NO_KEYS = KeyBlocklist()


def _primes_below(limit: int) -> list[int]:
    return [n for n in range(2, limit) if all(n % divisor for divisor in range(2, math.isqrt(n) + 1))]


_SMALL_PRIMES = math.prod(_primes_below(_SMALLEST_FACTOR))

# ROCA (CVE-2017-15361): Infineon's primes are k*M + 65537^a mod M, M the product of small primes. So the modulus is a
# power of 65537 modulo each prime of M, which is true of a random modulus once in 2^28 times or less.
_ROCA_PRIMES = _primes_below(168)[1:]
_ROCA_RESIDUES = {p: frozenset(pow(65537, exponent, p) for exponent in range(p)) for p in _ROCA_PRIMES}


def check_key(key: CertificatePublicKeyTypes, *, blocklist: KeyBlocklist = _NO_KEYS) -> None:
    """Refuse a key that may not be certified.

    Raises:
        UnusableCSR: with a sentence that says why.
    """
    if isinstance(key, rsa.RSAPublicKey):
        _check_rsa(key.public_numbers())
    elif isinstance(key, ec.EllipticCurvePublicKey):
        # BR §6.1.5; P-521 is allowed there, but root programs do not take it (Mozilla's policy §5.1).
        if not isinstance(key.curve, _CURVES):
            raise _refusal(f"The curve {key.curve.name} is not allowed: use P-256 or P-384")
    else:
        raise _refusal("The key must be an RSA key or an EC key on P-256 or P-384")  # BR §6.1.5
    if blocklist.has(key):
        raise _refusal("The private key of this key is publicly known: make a new one")  # BR §6.1.1.3 (5)


def _check_rsa(numbers: rsa.RSAPublicNumbers) -> None:
    modulus, exponent = numbers.n, numbers.e
    bits = modulus.bit_length()
    if bits < _MIN_RSA_BITS:
        raise _refusal(f"The RSA key has {bits} bits: 2048 at least are needed")  # BR §6.1.5
    if bits > _MAX_RSA_BITS:
        raise _refusal(f"The RSA key has {bits} bits: 8192 at most are taken")
    if bits % 8:
        raise _refusal(f"The RSA key has {bits} bits, which does not divide by 8")  # BR §6.1.5
    if exponent % 2 == 0 or not _MIN_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise _refusal("The RSA exponent must be odd and lie between 65537 and 2^256-1")  # BR §6.1.6
    if math.gcd(modulus, _SMALL_PRIMES) != 1:
        raise _refusal("The RSA modulus has a small factor")  # BR §6.1.6
    if _is_roca(modulus):
        raise _refusal("The RSA key was made by a faulty device (ROCA, CVE-2017-15361)")  # BR §6.1.1.3 (5)
    if _has_close_factors(modulus):
        raise _refusal("The factors of the RSA modulus are too close to each other")  # BR §6.1.1.3 (5)


def _is_roca(modulus: int) -> bool:
    return all(modulus % prime in residues for prime, residues in _ROCA_RESIDUES.items())


def _has_close_factors(modulus: int) -> bool:
    """Look for modulus = a² - b² by Fermat's method, for as many rounds as the Baseline Requirements name."""
    a = math.isqrt(modulus - 1) + 1
    square = a * a - modulus
    for _ in range(_FERMAT_ROUNDS):
        if math.isqrt(square) ** 2 == square:
            return True
        square += 2 * a + 1
        a += 1
    return False


def _refusal(message: str) -> InvalidInput:
    return UnusableCSR.for_field("csr", message)
