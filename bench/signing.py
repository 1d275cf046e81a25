"""How fast is cryptography alone: the signing that an order ends in, without a server, a database or a network."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from certwright.domain.csr import CSRSubject, KeySpec, make_csr


def certificates_per_second(seconds: float) -> float:
    """Sign on all cores at once, which is the most that this machine could issue."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores) as processes:
        return sum(processes.map(_sign_for, [seconds] * cores))


def _sign_for(seconds: float) -> float:
    """Parse a P-256 CSR, check its signature, and sign a server certificate with a P-256 key, again and again."""
    csr = make_csr(CSRSubject(common_name="www.example.com"), ("www.example.com",), KeySpec("P-256")).csr_pem
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bench CA")])
    made = 0
    begun = time.perf_counter()
    while time.perf_counter() - begun < seconds:
        _sign(csr.encode(), key, issuer)
        made += 1
    return made / (time.perf_counter() - begun)


def _sign(csr_pem: bytes, key: ec.EllipticCurvePrivateKey, issuer: x509.Name) -> bytes:
    csr = x509.load_pem_x509_csr(csr_pem)
    assert csr.is_signature_valid
    now = datetime.now(UTC)
    url = x509.UniformResourceIdentifier("http://127.0.0.1/ca")
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, url)
    point = x509.DistributionPoint([url], None, None, None)
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
    builder = x509.CertificateBuilder().subject_name(csr.subject).issuer_name(issuer)
    builder = builder.public_key(csr.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=90))
    for extension in (
        x509.SubjectAlternativeName([x509.DNSName("www.example.com")]),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.BasicConstraints(ca=False, path_length=None),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
        x509.SubjectKeyIdentifier.from_public_key(csr.public_key()),
        x509.AuthorityInformationAccess([access]),
        x509.CRLDistributionPoints([point]),
        x509.CertificatePolicies([policy]),
    ):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
