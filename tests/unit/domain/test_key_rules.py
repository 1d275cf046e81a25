from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa

from certwright.domain.errors import UnusableCSR
from certwright.domain.key_rules import check_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

SMALL_PRIMES = [n for n in range(2, 1000) if all(n % d for d in range(2, math.isqrt(n) + 1))]
NO_SMALL_FACTOR = math.prod(SMALL_PRIMES)


def odd_number(bits: int, seed: int) -> int:
    """Return a number without small factors whose two highest bits are set; not prime, and it need not be."""
    source = random.Random(seed)
    while True:
        number = source.getrandbits(bits) | 3 << (bits - 2) | 1
        if math.gcd(number, NO_SMALL_FACTOR) == 1:
            return number


MODULUS = odd_number(1024, 1) * odd_number(1024, 2)


def rsa_key(modulus: int, exponent: int = 65537) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


@pytest.mark.parametrize("bits", [2048, 2056, 3072, 4096, 8192])
def test_rsa_sizes_that_are_taken(bits: int) -> None:
    check_key(rsa_key(odd_number(bits // 2, 4) * odd_number(bits - bits // 2, 5)))


@pytest.mark.parametrize("bits", [1024, 2040, 2049, 3071, 8200])
def test_rsa_sizes_that_are_refused(bits: int) -> None:
    with pytest.raises(UnusableCSR, match="bits"):
        check_key(rsa_key(odd_number(bits, 6)))


@pytest.mark.parametrize("exponent", [65537, 2**16 + 3, 2**32 + 1])
def test_exponents_that_are_taken(exponent: int) -> None:
    check_key(rsa_key(MODULUS, exponent))


@pytest.mark.parametrize("exponent", [3, 17, 65535, 2**256 + 1])
def test_exponents_that_are_refused(exponent: int) -> None:
    with pytest.raises(UnusableCSR, match="exponent"):
        check_key(rsa_key(MODULUS, exponent))


@pytest.mark.parametrize("prime", [3, 5, 743, 751])
def test_small_factors_are_refused(prime: int) -> None:
    modulus = prime * odd_number(2048 - prime.bit_length(), 7)
    while modulus.bit_length() % 8:
        modulus = prime * odd_number(2049 - prime.bit_length(), 7)

    with pytest.raises(UnusableCSR, match="small factor"):
        check_key(rsa_key(modulus))


def test_close_factors_are_refused() -> None:
    factor = odd_number(1024, 8)
    other = factor + 2
    while math.gcd(other, NO_SMALL_FACTOR) != 1:
        other += 2

    for modulus in (factor * other, factor * factor):
        with pytest.raises(UnusableCSR, match="too close"):
            check_key(rsa_key(modulus))


def test_roca_keys_are_refused() -> None:
    product = math.prod(SMALL_PRIMES[1:126])
    power = pow(65537, 123_456_789, product)
    modulus = power + (1 << 2047) // product * product + product
    while math.gcd(modulus, NO_SMALL_FACTOR) != 1:
        modulus += product

    with pytest.raises(UnusableCSR, match="ROCA"):
        check_key(rsa_key(modulus))


def test_made_rsa_key_is_taken() -> None:
    check_key(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_curves_that_are_taken(curve: ec.EllipticCurve) -> None:
    check_key(ec.generate_private_key(curve).public_key())


@pytest.mark.parametrize("curve", [ec.SECP521R1(), ec.SECP256K1(), ec.SECP224R1(), ec.BrainpoolP256R1()])
def test_curves_that_are_refused(curve: ec.EllipticCurve) -> None:
    with pytest.raises(UnusableCSR, match="curve"):
        check_key(ec.generate_private_key(curve).public_key())


@pytest.mark.parametrize(
    "key",
    [ed25519.Ed25519PrivateKey.generate().public_key(), dsa.generate_private_key(2048).public_key()],
    ids=["Ed25519", "DSA"],
)
def test_other_kinds_are_refused(key: CertificatePublicKeyTypes) -> None:
    with pytest.raises(UnusableCSR, match="must be an RSA key"):
        check_key(key)
