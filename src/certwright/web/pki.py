"""What relying parties fetch by plain HTTP: CA certificates, CRLs and OCSP answers."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.responses import Response
from starlette.routing import Route

from certwright.domain.errors import LimitExceeded, NotFound
from certwright.domain.ids import AuthorityId
from certwright.web.shared.bodies import read_body
from certwright.web.shared.certificate_files import pem

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from certwright.services.use_cases import UseCases

_CACHE_HOUR = {"cache-control": "public, max-age=3600"}
_CACHE_MINUTE = {"cache-control": "public, max-age=60"}
_ID = re.compile("[0-9]{1,10}")
_OCSP_TYPE = "application/ocsp-response"


class _PKI:
    def __init__(self, use: UseCases) -> None:
        self._use = use

    async def certificate(self, request: Request) -> Response:
        """Answer an authority's certificate as DER (RFC 5280 §4.2.2.1)."""
        return self._chain(request, "application/pkix-cert", lambda chain: chain[0])

    async def chain(self, request: Request) -> Response:
        """Answer an authority's certificate and those above it as PEM."""
        return self._chain(request, "application/x-pem-file", lambda chain: pem(chain).encode())

    async def crl(self, request: Request) -> Response:
        """Answer an authority's CRL as DER (RFC 5280 §5)."""
        try:
            content = await self._use.revocation.crl(_authority_id(request))
        except NotFound:
            return _not_found()
        return Response(content, media_type="application/pkix-crl", headers=_CACHE_MINUTE)

    async def ocsp_post(self, request: Request) -> Response:
        """Answer an OCSP request in a body (RFC 6960 App. A)."""
        try:
            body = await read_body(request)
        except LimitExceeded as error:
            return Response(error.message, 413, media_type="text/plain")
        return Response(await self._use.revocation.answer_ocsp(body), media_type=_OCSP_TYPE)

    async def ocsp_get(self, request: Request) -> Response:
        """Answer an OCSP request in the path, as base64 (RFC 6960 App. A)."""
        try:
            question = base64.b64decode(unquote(request.path_params["request"]), validate=True)
        except (binascii.Error, ValueError):
            question = b""  # OCSP answers a malformed request in its own form
        return Response(
            await self._use.revocation.answer_ocsp(question), media_type=_OCSP_TYPE, headers=_CACHE_MINUTE
        )

    def _chain(
        self, request: Request, media_type: str, part: Callable[[tuple[bytes, ...]], bytes]
    ) -> Response:
        try:
            chain = self._use.delivery.authority_chain(_authority_id(request))
        except NotFound:
            return _not_found()
        return Response(part(chain), media_type=media_type, headers=_CACHE_HOUR)


def _authority_id(request: Request) -> AuthorityId:
    digits = request.path_params["authority"]
    if not _ID.fullmatch(digits):
        raise NotFound("authority")
    return AuthorityId(int(digits))


def _not_found() -> Response:
    return Response("There is no such authority\n", 404, media_type="text/plain")


def routes(use: UseCases) -> list[BaseRoute]:
    """List the routes, as they stand in the certificates."""
    rooms = _PKI(use)
    return [
        Route("/pki/{authority}.crt", rooms.certificate, methods=["GET"]),
        Route("/pki/{authority}.pem", rooms.chain, methods=["GET"]),
        Route("/pki/{authority}.crl", rooms.crl, methods=["GET"]),
        Route("/pki/{authority}/ocsp", rooms.ocsp_post, methods=["POST"]),
        Route("/pki/{authority}/ocsp/{request:path}", rooms.ocsp_get, methods=["GET"]),
    ]
