"""Certificates: downloads by format, platform and order, the chain, revoking."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from certwright.domain.approval import RequestStatus
from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.errors import Conflict, NotFound
from certwright.domain.ids import CertificateId, OrderId
from certwright.web.digicert.errors import HEADERS, BadRequest
from certwright.web.digicert.routes.endpoint import (
    Operation,
    is_id,
    path_id,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.answers import Chain
from certwright.web.digicert.translate import certificates, platforms
from certwright.web.digicert.translate.filters import parse_serial_number
from certwright.web.digicert.translate.further import certificate_info, sub_id_of
from certwright.web.digicert.translate.revocations import revocation_request, to_revocation

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.domain.certificate import Certificate
    from certwright.services.delivery import DeliveredCertificate
    from certwright.services.use_cases import UseCases

_OF_ORDER = "/certificate/download/order/{id}"
_CERTIFICATE = "/certificate/{id}"


class CertificateRoutes:
    """The operations on certificates."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations; a platform that is not named is that of the certificate."""
        of_order, of_certificate = self.download_of_order, self.download
        files = {
            _OF_ORDER: of_order,
            f"{_OF_ORDER}/format/{{format}}": of_order,
            f"{_CERTIFICATE}/download/format/{{format}}": of_certificate,
            f"{_CERTIFICATE}/download/platform": of_certificate,
            f"{_CERTIFICATE}/download/platform/{{platform}}": of_certificate,
        }
        return (
            *(
                Operation(method="GET", path=path, handler=handler, sends_file=True)
                for path, handler in files.items()
            ),
            Operation(method="GET", path=_CERTIFICATE, handler=self.show),
            Operation(method="GET", path=f"{_CERTIFICATE}/chain", handler=self.show_chain),
            Operation(method="PUT", path=f"{_CERTIFICATE}/revoke", handler=self.revoke, body=bodies.Revoke),
        )

    async def download(self, caller: Caller, request: Request) -> Response:
        """Send a certificate in a format, or in the one that suits a platform."""
        certificate_id = CertificateId(path_id(request, "certificate"))
        return _send_file(request, await _issued(self._use.delivery.deliver(caller, certificate_id)))

    async def download_of_order(self, caller: Caller, request: Request) -> Response:
        """Send the current certificate of an order, or one of its duplicates by the number that it has there."""
        order_id = OrderId(path_id(request, "order"))
        sub_id = request.query_params.get("sub_id")
        if sub_id:
            duplicates = await self._use.reissuing.list_of(caller, order_id, CertificateKind.DUPLICATE)
            wanted = next((each for each in duplicates if sub_id_of(each, duplicates) == sub_id), None)
            if wanted is None:
                raise NotFound("certificate")
            return _send_file(request, await _issued(self._use.delivery.deliver(caller, wanted.id)))
        return _send_file(request, await _issued(self._use.delivery.deliver_of_order(caller, order_id)))

    async def show(self, caller: Caller, request: Request) -> Response:
        """Show a certificate with its order, as a client asks for it; the manual has this in the order's info only."""
        certificate = await self._use.delivery.get(caller, CertificateId(path_id(request, "certificate")))
        view = await self._use.ordering.show(caller, certificate.order_id)
        return send_json(certificate_info(certificate, view, self._use.clock.now()))

    async def show_chain(self, caller: Caller, request: Request) -> Response:
        """List a certificate and those above it."""
        certificate_id = CertificateId(path_id(request, "certificate"))
        delivered = await _issued(self._use.delivery.deliver(caller, certificate_id))
        return send_json(Chain(certificates.chain_entries(delivered)))

    async def revoke(self, caller: Caller, request: Request) -> Response:
        """Revoke a certificate, named by its id or by its serial number in any case."""
        certificate = await self._find(caller, request.path_params["id"])
        body = await read_shape(request, bodies.Revoke)
        wanted = to_revocation(body, certificate.order_id, certificate.id)
        if certificate.status is CertificateStatus.REVOKED:
            raise BadRequest("order_is_revoked", "The certificate has been revoked already.")
        made = await self._use.revocation.revoke(caller, wanted)
        if wanted.skip_approval and made.status is RequestStatus.APPROVED:
            return send_nothing()
        return send_json(revocation_request(made, caller), status=201)

    async def _find(self, caller: Caller, key: str) -> Certificate:
        """Return a certificate of the account by its id or its serial number."""
        certificate: Certificate | None
        if is_id(key):
            certificate = await self._use.delivery.get(caller, CertificateId(int(key)))
        else:
            serial_number = parse_serial_number(key) or ""
            certificate = await self._use.delivery.find_by_serial_number(caller, serial_number)
        if certificate is None:
            raise NotFound("certificate")
        return certificate


async def _issued(delivery: Awaitable[DeliveredCertificate]) -> DeliveredCertificate:
    """Take a certificate that has not been issued for one that is not there."""
    try:
        return await delivery
    except Conflict as cause:
        raise NotFound("certificate", message=cause.message) from cause


def _send_file(request: Request, delivered: DeliveredCertificate) -> Response:
    own = delivered.certificate.server_platform
    platform = platforms.format_for(request.path_params.get("platform", ""), own)
    # The query string is how an older page of the manual names the format.
    asked = request.path_params.get("format") or request.query_params.get("format_type") or platform
    zipped = request.headers.get("accept", "").strip().lower() == "application/zip"
    download = certificates.download(delivered, asked, zipped=zipped)
    headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{download.name}"'}
    return Response(download.content, media_type=download.content_type, headers=headers)
