"""Further certificates of an order: reissues and duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from certwright.domain.certificate import CertificateKind, CertificateStatus
from certwright.domain.ids import OrderId
from certwright.web.digicert.routes.endpoint import Operation, path_id, read_shape, send_json
from certwright.web.digicert.schemas.further import FurtherCertificate as Body
from certwright.web.digicert.translate import further
from certwright.web.digicert.translate.certificates import chain_entries

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_ORDER = "/order/certificate/{id}"


class FurtherCertificateRoutes:
    """The operations on reissues and duplicates."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(method="POST", path=f"{_ORDER}/reissue", handler=self.reissue, body=Body),
            Operation(method="GET", path=f"{_ORDER}/reissue", handler=self.list_reissues),
            Operation(method="POST", path=f"{_ORDER}/duplicate", handler=self.duplicate, body=Body),
            Operation(method="GET", path=f"{_ORDER}/duplicate", handler=self.list_duplicates),
        )

    async def reissue(self, caller: Caller, request: Request) -> Response:
        """Ask for a certificate in place of the current one."""
        return await self._ask(caller, request, CertificateKind.REISSUE)

    async def duplicate(self, caller: Caller, request: Request) -> Response:
        """Ask for a certificate beside the current one."""
        return await self._ask(caller, request, CertificateKind.DUPLICATE)

    async def list_reissues(self, caller: Caller, request: Request) -> Response:
        """List the reissues of an order, also those that were not issued."""
        order_id = OrderId(path_id(request, "order"))
        found = await self._use.reissuing.list_of(caller, order_id, CertificateKind.REISSUE)
        return send_json(further.reissues(found, self._use.clock.now()))

    async def list_duplicates(self, caller: Caller, request: Request) -> Response:
        """List the duplicates of an order, also those that were not issued."""
        order_id = OrderId(path_id(request, "order"))
        found = await self._use.reissuing.list_of(caller, order_id, CertificateKind.DUPLICATE)
        return send_json(further.duplicates(found, self._use.clock.now()))

    async def _ask(self, caller: Caller, request: Request, kind: CertificateKind) -> Response:
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, Body)
        before = await self._use.ordering.show(caller, order_id)
        new = further.to_new_certificate(body, before, now=self._use.clock.now())
        sub_id: str | UnsetType = UNSET
        if kind is CertificateKind.REISSUE:
            stored = await self._use.reissuing.reissue(caller, order_id, new)
        else:
            stored = await self._use.reissuing.duplicate(caller, order_id, new)
            duplicates = await self._use.reissuing.list_of(caller, order_id, kind)
            sub_id = further.sub_id_of(stored.certificate, duplicates)
        chain = []
        if stored.certificate.status is CertificateStatus.ISSUED:
            chain = chain_entries(await self._use.delivery.deliver(caller, stored.certificate.id))
        view = await self._use.ordering.show(caller, order_id)
        answer = further.asked_for(stored, view, chain, self._use.dcv_cname_target, sub_id=sub_id)
        return send_json(answer, status=201)
