"""Downloads: every format and the ways to name it; all PEM with CRLF."""

from __future__ import annotations

import io
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from tests.support.server import csr_for
from tests.wire.digicert.given import API, CERTIFICATE, NAME, ORDER, issue

if TYPE_CHECKING:
    import httpx2

    from tests.support.server import Server

PEM, ZIP, PKCS7 = "application/x-pem-file", "application/zip", "application/x-pkcs7-certificates"
LEAF, INTERMEDIATE, ROOT = "shop_example_com", "IntermediateCA", "TrustedRoot"


async def _get(server: Server, path: str, **headers: str) -> httpx2.Response:
    response = await server.digicert("GET", f"{API}/certificate/{path}", headers=headers)
    assert response.status_code == 200, response.text
    return response


async def _chain(server: Server) -> list[str]:
    """Return the certificate and those above it."""
    entries = (await _get(server, f"{CERTIFICATE}/chain")).json()["intermediates"]
    certificates = [x509.load_pem_x509_certificate(entry["pem"].encode()) for entry in entries]
    for lower, upper in pairwise(certificates):
        lower.verify_directly_issued_by(upper)
    assert entries[0]["subject_common_name"] == NAME
    return [entry["pem"] for entry in entries]


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        ("pem_all", (0, 1, 2)),
        ("pem_noroot", (0, 1)),
        ("pem_nointermediate", (0, 2)),
        ("pem", (0,)),
        ("crt", (0,)),
    ],
)
async def test_text_formats(server: Server, form: str, parts: tuple[int, ...]) -> None:
    """Lemur and the vendor's own client unpack exactly three certificates from pem_all."""
    await issue(server)
    chain = await _chain(server)
    response = await _get(server, f"{CERTIFICATE}/download/format/{form}")
    assert response.headers["content-type"] == PEM
    assert response.headers["content-disposition"].startswith(f'attachment; filename="{LEAF}.')
    assert response.text == "".join(chain[part] for part in parts)
    assert "\n" not in response.text.replace("\r\n", "")


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ("default", [f"{LEAF}.crt", f"{INTERMEDIATE}.crt", f"{ROOT}.crt"]),
        ("default_pem", [f"{LEAF}.crt", f"{INTERMEDIATE}.crt", f"{ROOT}.crt"]),
        ("default_cer", [f"{LEAF}.cer", f"{INTERMEDIATE}.cer", f"{ROOT}.cer"]),
        ("apache", [f"{LEAF}.crt", f"{INTERMEDIATE}.crt"]),
    ],
)
async def test_archives(server: Server, form: str, names: list[str]) -> None:
    await issue(server)
    chain = await _chain(server)
    response = await _get(server, f"{CERTIFICATE}/download/format/{form}")
    assert response.headers["content-type"] == ZIP
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert archive.namelist() == names
        assert [archive.read(name).decode() for name in names] == chain[: len(names)]


@pytest.mark.parametrize("form", ["p7b", "cer"])
async def test_pkcs7_bundle_is_armored(server: Server, form: str) -> None:
    await issue(server)
    response = await _get(server, f"{CERTIFICATE}/download/format/{form}")
    assert response.headers["content-type"] == PKCS7
    assert response.text.startswith("-----BEGIN PKCS7-----\r\n")
    assert len(pkcs7.load_pem_pkcs7_certificates(response.content)) == 3


async def test_platforms_and_orders_name_formats_too(server: Server) -> None:
    """Lemur asks for platform 29 and reads a bundle; an order that names no platform gets the archive."""
    await issue(server)
    bundle = (await _get(server, f"{CERTIFICATE}/download/format/pem_all")).content
    assert (await _get(server, f"{CERTIFICATE}/download/platform/29")).content == bundle
    assert (await _get(server, f"download/order/{ORDER}/format/pem_all")).content == bundle
    assert (await _get(server, f"download/order/{ORDER}?format_type=pem_all")).content == bundle
    for path in (
        f"{CERTIFICATE}/download/platform",
        f"download/order/{ORDER}",
    ):
        assert (await _get(server, path)).headers["content-type"] == ZIP
    for platform in ("2", "45", "nginx"):
        apache = await _get(server, f"{CERTIFICATE}/download/platform/{platform}")
        with zipfile.ZipFile(io.BytesIO(apache.content)) as archive:
            assert len(archive.namelist()) == 2
    windows = await _get(server, f"{CERTIFICATE}/download/platform/40")
    assert windows.headers["content-type"] == PKCS7


async def test_certificate_without_a_named_platform_comes_for_its_own(each_server: Server) -> None:
    """A reissue and a duplicate may be for another one; the toolbox of l00ptr sends a bare number."""
    server = each_server
    await issue(server, server_platform=2)
    certificate = {"csr": csr_for(NAME), "server_platform": {"id": "40"}}
    path = f"{API}/order/certificate/{ORDER}"
    duplicate = await server.digicert("POST", f"{path}/duplicate", json={"certificate": certificate})
    reissue = await server.digicert("POST", f"{path}/reissue", json={"certificate": {"csr": csr_for(NAME)}})
    made = [CERTIFICATE, duplicate.json()["certificate_id"], reissue.json()["certificate_id"]]
    types, sizes = [], []
    for certificate_id in made:
        response = await _get(server, f"{certificate_id}/download/platform")
        types.append(response.headers["content-type"])
        if types[-1] == ZIP:
            sizes.append(len(zipfile.ZipFile(io.BytesIO(response.content)).namelist()))
    assert (types, sizes) == ([ZIP, PKCS7, ZIP], [2, 3])
    told = (await server.digicert("GET", f"{path}/duplicate")).json()["certificates"][0]
    assert told["server_platform"] == {"id": 40, "name": "Microsoft IIS 7"}


async def test_files_come_whatever_the_client_says_it_accepts(server: Server) -> None:
    await issue(server)
    await _get(server, f"{CERTIFICATE}/download/format/pem_all", accept="application/json")
    await _get(server, f"{CERTIFICATE}/download/format/default", accept="application/zip")


async def test_wildcard_file_name_has_no_star(server: Server) -> None:
    await issue(server, "*.example.com", product="wildcard_dv_rapidssl")
    response = await _get(server, f"{CERTIFICATE}/download/format/crt")
    assert response.headers["content-disposition"] == 'attachment; filename="star_example_com.crt"'
