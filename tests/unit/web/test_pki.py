"""What relying parties fetch: the addresses in a certificate lead to the CA's certificate, its CRL and its OCSP answers."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.support.orders import issue

if TYPE_CHECKING:
    from tests.support.server import Server

A = AuthorityInformationAccessOID


async def leaf_of(server: Server) -> x509.Certificate:
    view = await issue(server)
    return x509.load_der_x509_certificate(view.certificate.der or b"")


def information(leaf: x509.Certificate, kind: x509.ObjectIdentifier) -> str:
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    (url,) = [one.access_location.value for one in access if one.access_method == kind]
    return str(url)


async def test_addresses_in_a_certificate_are_answered(server: Server) -> None:
    leaf = await leaf_of(server)
    answer = await server.http.get(information(leaf, A.CA_ISSUERS))
    assert answer.headers["content-type"] == "application/pkix-cert"
    issuer = x509.load_der_x509_certificate(answer.content)
    leaf.verify_directly_issued_by(issuer)

    points = leaf.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    names = points[0].full_name
    assert names is not None
    answer = await server.http.get(names[0].value)
    assert answer.headers["content-type"] == "application/pkix-crl"
    assert x509.load_der_x509_crl(answer.content).is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # P-256

    question = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
    body = question.public_bytes(serialization.Encoding.DER)
    url = information(leaf, A.OCSP)
    posted = await server.http.post(url, content=body, headers={"content-type": "application/ocsp-request"})
    gotten = await server.http.get(f"{url}/{quote(base64.b64encode(body).decode(), safe='')}")
    for answer in (posted, gotten):
        assert answer.headers["content-type"] == "application/ocsp-response"
        assert ocsp.load_der_ocsp_response(answer.content).certificate_status is ocsp.OCSPCertStatus.GOOD


async def test_chain_is_pem(server: Server) -> None:
    authority_id = server.program.use.delivery.authority_ids()[0]
    answer = await server.http.get(f"/pki/{authority_id}.pem")
    assert answer.text.count("-----BEGIN CERTIFICATE-----") == 2


@pytest.mark.parametrize("number", ["0", "999", "9" * 40])
@pytest.mark.parametrize("kind", ["crt", "pem", "crl"])
async def test_unknown_authority_is_not_found(server: Server, number: str, kind: str) -> None:
    assert (await server.http.get(f"/pki/{number}.{kind}")).status_code == 404


@pytest.mark.parametrize("path", ["/pki/x.crt", "/pki/-1.crt", "/pki/1.exe", "/pki/"])
async def test_other_paths_are_not_found(server: Server, path: str) -> None:
    assert (await server.http.get(path)).status_code == 404


async def test_junk_is_answered_in_ocsps_own_form(server: Server) -> None:
    answers = [
        await server.http.post("/pki/2/ocsp", content=b"junk"),
        await server.http.get("/pki/2/ocsp/%%%"),
        await server.http.get("/pki/2/ocsp/bm8gT0NTUA=="),
        await server.http.get("/pki/2/ocsp/%C3%BC"),
    ]
    for answer in answers:
        assert answer.status_code == 200
        status = ocsp.load_der_ocsp_response(answer.content).response_status
        assert status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


async def test_body_without_end_is_refused(server: Server) -> None:
    answer = await server.http.post("/pki/2/ocsp", content=bytes(2 * 1024 * 1024))
    assert answer.status_code == 413
