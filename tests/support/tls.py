"""TLS server contexts: one with a certificate that nobody trusts, one with its own trust beside it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class TrustedTLS:
    """A server's context for ``host``, a client's that trusts it, and the file of what is to be trusted."""

    host: str
    server: ssl.SSLContext
    client: ssl.SSLContext
    trust_file: Path


@pytest.fixture
def untrusted_tls(tmp_path: Path) -> ssl.SSLContext:
    return _server(_self_signed("untrusted.test", tmp_path / "untrusted.pem"))


@pytest.fixture
def trusted_tls(tmp_path: Path) -> TrustedTLS:
    path = _self_signed("trusted.test", tmp_path / "trusted.pem")
    return TrustedTLS(
        host="trusted.test",
        server=_server(path),
        client=ssl.create_default_context(cafile=str(path)),
        trust_file=path,
    )


def _server(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def _self_signed(host: str, path: Path) -> Path:
    """Write a certificate with its key into a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
