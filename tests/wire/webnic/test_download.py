"""Download Cert: every format, with the forms that clients send."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7, pkcs12

from certwright.domain.csr import CSRSubject, KeySpec, make_csr
from tests.wire.webnic.given import create_contacts, issue

if TYPE_CHECKING:
    import httpx2

    from tests.support.server import Server

NAME = "shop.webnic.cc"
MADE = make_csr(CSRSubject(common_name=NAME), (NAME,), KeySpec.P256)
KEY = MADE.private_key_pem.reveal().encode()


async def _issue(server: Server) -> str:
    await create_contacts(server)
    return await issue(server, NAME, csr=MADE.csr_pem)


async def _download(server: Server, order_id: str, form: str, **request: Any) -> httpx2.Response:
    return await server.webnic("POST", f"/ssl/v2/orders/{order_id}/download/format/{form}", **request)


def _names(pem: str) -> list[str]:
    blocks = re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", pem, re.DOTALL)
    certificates = [x509.load_pem_x509_certificate(block.encode()) for block in blocks]
    return [cert.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value for cert in certificates]  # type: ignore[misc]


@pytest.mark.parametrize("form", ["PEM", "pem", "CRT", "CER"])
async def test_text_formats_hold_the_leaf_or_the_bundle(server: Server, form: str) -> None:
    order_id = await _issue(server)
    for request in (
        {},
        {"headers": {"content-type": "application/json"}},
        {"content": b"{}"},
        {"content": b"[]"},
    ):
        alone = await _download(server, order_id, form, **request)
        assert alone.status_code == 200
        assert _names(alone.text) == [NAME]
    assert alone.headers["content-disposition"] == f'attachment; filename="{order_id}.{form.lower()}"'
    # As the client that is known to download does it: one part a field, no file.
    bundle = await _download(
        server, order_id, form, files={"bundle": (None, "true"), "pfxPassword": (None, "")}
    )
    leaf, issuer = [
        x509.load_pem_x509_certificate(block.encode())
        for block in re.findall("-----BEGIN.+?END CERTIFICATE-----", bundle.text, re.DOTALL)
    ]
    leaf.verify_directly_issued_by(issuer)
    assert issuer.issuer != issuer.subject
    single = await _download(server, order_id, form, data={"bundle": "false"})
    assert single.text == alone.text


async def test_p7b_holds_the_chain(server: Server) -> None:
    order_id = await _issue(server)
    response = await _download(server, order_id, "P7B")
    assert response.headers["content-type"] == "application/x-pkcs7-certificates"
    assert len(pkcs7.load_pem_pkcs7_certificates(response.content)) == 2


@pytest.mark.parametrize("as_file", [True, False])
async def test_pfx_holds_key_and_chain(server: Server, as_file: bool) -> None:
    order_id = await _issue(server)
    key = ("key.pem", KEY, "application/octet-stream") if as_file else (None, KEY)
    form = {"pfxPassword": (None, "correct horse"), "privateKey": key}
    response = await _download(server, order_id, "PFX", files=form)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-pkcs12"
    store = pkcs12.load_pkcs12(response.content, b"correct horse")
    assert store.key is not None
    assert store.cert is not None
    assert store.cert.certificate.public_key() == store.key.public_key()
    assert len(store.additional_certs) == 1


def _pem(key: Any, password: bytes | None = None) -> bytes:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    data: bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return data


@pytest.mark.parametrize(
    "key",
    [
        b"nonsense",
        _pem(ec.generate_private_key(ec.SECP256R1())),
        _pem(ec.generate_private_key(ec.SECP256R1()), b"x"),
    ],
    ids=["unreadable", "another", "locked"],
)
async def test_pfx_refuses_a_wrong_key(server: Server, key: bytes) -> None:
    order_id = await _issue(server)
    form = {"pfxPassword": (None, "x"), "privateKey": ("key.pem", key)}
    response = await _download(server, order_id, "PFX", files=form)
    assert response.status_code == 400
    assert response.json()["validationErrors"][0]["field"] == "privateKey"


async def test_too_many_files_are_refused(server: Server) -> None:
    order_id = await _issue(server)
    form = [("privateKey", ("key.pem", KEY)), ("privateKey", ("other.pem", KEY))]
    response = await _download(server, order_id, "PFX", files=form)
    assert response.status_code == 400
    assert response.json()["code"] == "2400"
