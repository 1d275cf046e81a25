"""Formats and forms of a download; the files themselves are opened in tests/wire/webnic/test_download.py."""

from __future__ import annotations

import io

import pytest
from starlette.datastructures import FormData, UploadFile

from certwright.web.webnic.translate.downloads import DownloadOptions, download_options, parse_format
from certwright.web.webnic.translate.faults import InvalidParameters


def test_formats_in_any_case() -> None:
    assert [parse_format(word) for word in ("pem", "Crt", "CER", "p7b", "pfx")] == [
        "PEM",
        "CRT",
        "CER",
        "P7B",
        "PFX",
    ]
    with pytest.raises(InvalidParameters):
        parse_format("JKS")


async def test_form_is_optional_in_every_part() -> None:
    assert await download_options(FormData()) == DownloadOptions()
    assert await download_options(FormData([("bundle", "false")])) == DownloadOptions()
    assert (await download_options(FormData([("bundle", "TRUE")]))).bundle


async def test_key_comes_as_a_file_or_as_text() -> None:
    for key in (UploadFile(io.BytesIO(b"key"), filename="key.pem"), "key"):
        options = await download_options(FormData([("privateKey", key), ("pfxPassword", "secret")]))
        assert options == DownloadOptions(pfx_password="secret", private_key=b"key")


async def test_password_as_a_file_is_none() -> None:
    form = FormData([("pfxPassword", UploadFile(io.BytesIO(b"x")))])
    assert await download_options(form) == DownloadOptions()
