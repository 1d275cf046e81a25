"""What is done to a placed order: canceling, its CSR, revoking, mails to approvers and their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Secret
from certwright.domain.approval import RequestStatus
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import NotFound
from certwright.domain.ids import OrderId
from certwright.web.digicert.errors import BadRequest, invalid, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas.bodies import ApproverEmail
from certwright.web.digicert.schemas.notes import ApprovalEmail, ResendEmails
from certwright.web.digicert.translate import new_orders
from certwright.web.digicert.translate import notes as told
from certwright.web.digicert.translate.revocations import revocation_request, to_revocation
from certwright.web.digicert.translate.words import METHOD_WORDS

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.domain.order import OrderedName
    from certwright.services.order_view import OrderView
    from certwright.services.use_cases import UseCases

_ORDER = "/order/certificate/{id}"


class OrderActionRoutes:
    """The operations that change a placed order."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        return (
            Operation(
                method="PUT", path=f"{_ORDER}/status", handler=self.update_status, body=bodies.UpdateStatus
            ),
            Operation(method="POST", path=f"{_ORDER}/csr", handler=self.supply_csr, body=bodies.SupplyCSR),
            Operation(method="PUT", path=f"{_ORDER}/revoke", handler=self.revoke, body=bodies.Revoke),
            Operation(
                method="PUT", path=f"{_ORDER}/resend-emails", handler=self.resend_emails, body=ResendEmails
            ),
            Operation(method="PUT", path=f"{_ORDER}/ct-status", handler=self.update_ct_status),
            Operation(
                method="DELETE", path=f"{_ORDER}/custom-renewal-message", handler=self.delete_renewal_message
            ),
            Operation(method="GET", path=f"{_ORDER}/email-validation", handler=self.show_emails),
            Operation(method="PUT", path=f"{_ORDER}/email-validation/{{token}}", handler=self.confirm_email),
        )

    async def update_status(self, caller: Caller, request: Request) -> Response:
        """Cancel an order, or a reissue under way; the manual's other words are for orders of an older platform."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.UpdateStatus)
        await self._use.ordering.show(caller, order_id)
        if not body.status:
            raise required("status")
        if body.status.lower() != "canceled":
            raise invalid("status")
        if not body.note:
            raise required("note")
        await self._use.ordering.cancel(caller, order_id, note=body.note)
        return send_nothing()

    async def supply_csr(self, caller: Caller, request: Request) -> Response:
        """Give an order its CSR."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.SupplyCSR)
        await self._use.ordering.show(caller, order_id)
        if not body.csr:
            raise required("csr")
        await self._use.ordering.supply_csr(caller, order_id, new_orders.read_csr(body.csr))
        return send_nothing()

    async def revoke(self, caller: Caller, request: Request) -> Response:
        """Revoke all certificates of an order, or ask for it."""
        order_id = OrderId(path_id(request, "order"))
        wanted = to_revocation(await read_shape(request, bodies.Revoke), order_id)
        made = await self._use.revocation.revoke(caller, wanted)
        if wanted.skip_approval and made.status is RequestStatus.APPROVED:
            return send_nothing()
        return send_json(revocation_request(made, caller), status=201)

    async def resend_emails(self, caller: Caller, request: Request) -> Response:
        """Mail the approvers of an order again, or other ones from now on."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, ResendEmails)
        view = await self._use.ordering.show(caller, order_id)
        changed = _readdressed(view, body.domain_approval_emails or [])
        if changed:
            await self._use.validating.change_method(caller, order_id, changed)
        else:
            await self._use.approver_emails.send_again(caller, order_id)
        return send_nothing()

    async def update_ct_status(self, caller: Caller, request: Request) -> Response:
        """Refuse to log certificates: there is no Certificate Transparency here."""
        await self._use.ordering.show(caller, OrderId(path_id(request, "order")))
        raise BadRequest("cert_transparency_turned_off_for_account")

    async def delete_renewal_message(self, caller: Caller, request: Request) -> Response:
        """Leave an order without a message of its own for renewals, which none has."""
        await self._use.ordering.show(caller, OrderId(path_id(request, "order")))
        return send_nothing()

    async def show_emails(self, caller: Caller, request: Request) -> Response:
        """Tell which approvers have answered."""
        order_id = OrderId(path_id(request, "order"))
        view = await self._use.ordering.show(caller, order_id)
        last_mail_at = await self._use.approver_emails.last_mail_at(caller, order_id)
        return send_json(told.email_validation(view, last_mail_at))

    async def confirm_email(self, caller: Caller, request: Request) -> Response:
        """Take the answer of an approver, who sent the code of the mail through the client."""
        order_id = OrderId(path_id(request, "order"))
        await self._use.ordering.show(caller, order_id)
        code = Secret(request.path_params["token"])
        approval = await self._use.approver_emails.show(code)
        if approval.validation.order_id != order_id:
            raise NotFound("approval")
        await self._use.approver_emails.confirm(code)
        return send_nothing()


def _readdressed(view: OrderView, emails: list[ApprovalEmail]) -> tuple[OrderedName, ...]:
    """Return the names proved by mail whose approver is to be another one from now on."""
    given = [
        ApproverEmail(dns_name=each.domain, email=each.email, email_domain=each.email_domain)
        for each in emails
        if each.domain and (each.email or each.email_domain)
    ]
    domains = {(each.dns_name or "").lower() for each in given}
    names = [
        name.identifier
        for name in view.order.names
        if name.method is DCVMethod.EMAIL and name.identifier.name in domains
    ]
    return new_orders.to_ordered_names(view.product, names, METHOD_WORDS[DCVMethod.EMAIL], given)
