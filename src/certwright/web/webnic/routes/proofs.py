"""Domain validations: where they stand, how they are given, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.dcv import constructed_emails
from certwright.domain.identifier import parse_identifier
from certwright.services.new_order import check_offered
from certwright.web.shared import openapi
from certwright.web.webnic.routes import examples
from certwright.web.webnic.routes.endpoint import ONE_ORDER, operation, order_id, query_text, read_json
from certwright.web.webnic.schemas.proofs import (
    ChangeApproverRequest,
    ChangeAuthRequest,
    DCVStatusAnswer,
    OrderAuth,
)
from certwright.web.webnic.translate import proofs

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def check_dcv_status(use: UseCases, caller: Caller, request: Request) -> DCVStatusAnswer:
    """Look for proof now and tell where the order stands."""
    return proofs.dcv_status(await use.ordering.check(caller, order_id(request)), use.dcv_cname_target)


async def get_auth_info(use: UseCases, caller: Caller, request: Request) -> OrderAuth:
    """Show what has to be published for an order."""
    return proofs.order_auth(await use.ordering.show(caller, order_id(request)), use.dcv_cname_target)


async def change_auth_type(use: UseCases, caller: Caller, request: Request) -> OrderAuth:
    """Prove all names of an order in another way, or have their approvers mailed again."""
    body = await read_json(request, ChangeAuthRequest)
    view = await use.ordering.show(caller, order_id(request))
    method = proofs.parse_method(body.auth_type)
    check_offered(view.product, method)
    identifiers = [name.identifier for name in view.order.names]
    names = proofs.assign_method(identifiers, method, body.approver_email)
    await use.validating.change_method(caller, view.order.id, names)
    return proofs.order_auth(await use.ordering.show(caller, view.order.id), use.dcv_cname_target)


async def update_approver(use: UseCases, caller: Caller, request: Request) -> OrderAuth:
    """Choose other approvers for the names of an order that are proved by e-mail; they are mailed."""
    body = await read_json(request, ChangeApproverRequest)
    view = await use.ordering.show(caller, order_id(request))
    names = proofs.changed_approvers(view.order, body.approver_email or [])
    if names:
        await use.validating.change_method(caller, view.order.id, names)
        view = await use.ordering.show(caller, view.order.id)
    return proofs.order_auth(view, use.dcv_cname_target)


async def send_approver_email(use: UseCases, caller: Caller, request: Request) -> None:
    """Mail the approvers of an order again whose answer is missing, at most once a minute."""
    await use.approver_emails.send_again(caller, order_id(request))


async def list_approvers(_use: UseCases, _caller: Caller, request: Request) -> list[str]:
    """List the addresses that may approve a name."""
    common_name = query_text(request, "commonName")
    return list(constructed_emails(parse_identifier(common_name, field="commonName")))


_TAG = "Domain Validations"
_CHANGE = operation(
    change_auth_type,
    "PUT",
    f"{ONE_ORDER}/auth",
    _TAG,
    body=ChangeAuthRequest,
    body_example=examples.CHANGE_AUTH_REQUEST,
    answer=OrderAuth,
    answer_example=examples.ORDER_AUTH,
)

OPERATIONS = (
    operation(
        check_dcv_status,
        "GET",
        f"{ONE_ORDER}/dcv-status",
        _TAG,
        answer=DCVStatusAnswer,
        answer_example=examples.DCV_STATUS,
    ),
    operation(
        get_auth_info,
        "GET",
        f"{ONE_ORDER}/auth/info",
        _TAG,
        answer=OrderAuth,
        answer_example=examples.ORDER_AUTH,
    ),
    _CHANGE,
    # The manual says PUT, and a client sends POST.
    _CHANGE.also_at("POST", f"{ONE_ORDER}/auth", "changeAuthTypeByPost"),
    operation(
        update_approver,
        "PUT",
        f"{ONE_ORDER}/approver-email",
        _TAG,
        body=ChangeApproverRequest,
        body_example=examples.CHANGE_APPROVER_REQUEST,
        answer=OrderAuth,
        answer_example=examples.ORDER_AUTH,
    ),
    operation(send_approver_email, "POST", f"{ONE_ORDER}/approver-email/send", _TAG),
    operation(
        list_approvers,
        "GET",
        "/ssl/v2/domainValidations/approver-list",
        _TAG,
        parameters=(
            openapi.Parameter(
                name="commonName",
                required=True,
                description="The name, with or without a wildcard.",
                schema={"type": "string", "minLength": 1},
                example="shop.example.com",
            ),
        ),
        answer=list[str],
        answer_example=["admin@example.com", "administrator@example.com"],
    ),
)
