"""Download Cert: the form that comes in and the files that go out.

The chain leaves out the self-signed root: a TLS server need not send it (RFC 8446 §4.4.2), and who trusts it has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.datastructures import UploadFile

from certwright.web.shared.certificate_files import pem, pfx, pkcs7_pem
from certwright.web.webnic.translate.faults import check_present, invalid_parameter

if TYPE_CHECKING:
    from starlette.datastructures import FormData

    from certwright.services.delivery import DeliveredCertificate

FORMATS = {
    "PEM": "application/x-pem-file",
    "CRT": "application/x-pem-file",
    "CER": "application/x-pem-file",
    "P7B": "application/x-pkcs7-certificates",
    "PFX": "application/x-pkcs12",
}
"""The kinds of files, with their media types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadOptions:
    """What a client wants in the file."""

    bundle: bool = False
    pfx_password: str = ""
    private_key: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file to be sent."""

    content: bytes
    media_type: str
    extension: str


def parse_format(text: str) -> str:
    """Read a file format in any case.

    Raises:
        InvalidParameters: there is no such format.
    """
    word = text.upper()
    if word not in FORMATS:
        raise invalid_parameter("format", f"must be one of {', '.join(FORMATS)}")
    return word


async def download_options(form: FormData) -> DownloadOptions:
    """Read the form; every part may be missing, and the key may come as a file or as text."""
    key = form.get("privateKey", "")
    password = form.get("pfxPassword", "")
    return DownloadOptions(
        bundle=str(form.get("bundle", "")).lower() == "true",
        pfx_password=password if isinstance(password, str) else "",
        private_key=await key.read() if isinstance(key, UploadFile) else key.encode(),
    )


def certificate_file(delivered: DeliveredCertificate, word: str, options: DownloadOptions) -> File:
    """Put a certificate into a file; P7B and PFX always hold the chain, the others when a bundle is asked for.

    Raises:
        InvalidInput: a PFX file lacks its key or password, or the key is not the certificate's.
    """
    chain = delivered.chain[:-1]
    match word:
        case "P7B":
            content = pkcs7_pem([delivered.leaf, *chain]).encode()
        case "PFX":
            check_present({"privateKey": options.private_key, "pfxPassword": options.pfx_password})
            content = pfx(
                delivered.leaf, chain, private_key_pem=options.private_key, password=options.pfx_password
            )
        case _:
            content = pem([delivered.leaf, *(chain if options.bundle else ())]).encode()
    return File(content=content, media_type=FORMATS[word], extension=word.lower())
