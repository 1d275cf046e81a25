from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from certwright.domain.errors import InvalidInput
from certwright.domain.key_blocklist import KeyBlocklist, parse_key_blocklist
from tests.support.openssl import openssl

if TYPE_CHECKING:
    from pathlib import Path

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
EC_KEY = ec.generate_private_key(ec.SECP256R1()).public_key()


def pem(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_knows_keys_by_the_hash_of_debians_tool(tmp_path: Path) -> None:
    """``openssl-vulnkey`` hashes what openssl prints of the modulus and keeps the last 20 digits."""
    (tmp_path / "key").write_bytes(pem(RSA_KEY))
    printed = openssl(tmp_path, "rsa", "-pubin", "-in", "key", "-noout", "-modulus")
    line = hashlib.sha1(printed.encode()).hexdigest()[20:]

    blocklist = parse_key_blocklist(["# Debian", "", line + "\n"])

    assert blocklist.has(RSA_KEY)
    assert not blocklist.has(EC_KEY)
    assert len(blocklist) == 1


def test_knows_keys_by_the_hash_of_their_number() -> None:
    modulus = RSA_KEY.public_numbers().n.to_bytes(256)
    x = EC_KEY.public_numbers().x.to_bytes(32).lstrip(b"\0")

    blocklist = parse_key_blocklist([hashlib.sha256(number).hexdigest() for number in (modulus, x)])

    assert blocklist.has(RSA_KEY)
    assert blocklist.has(EC_KEY)


def test_knows_keys_by_the_hash_of_the_whole() -> None:
    spki = EC_KEY.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    assert parse_key_blocklist([hashlib.sha256(spki).hexdigest().upper()]).has(EC_KEY)


def test_empty_list_knows_none() -> None:
    assert not KeyBlocklist().has(RSA_KEY)


@pytest.mark.parametrize("line", ["hello", "abc", "0" * 40, "g" * 20])
def test_line_that_is_no_hash_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput, match="Line 2"):
        parse_key_blocklist(["#", line])
