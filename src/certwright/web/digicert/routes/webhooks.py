"""Webhooks: registering, verifying, switching on and off, testing, and the log of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.account import Role, Secret
from certwright.domain.errors import Conflict, InvalidInput, NotFound, Unavailable
from certwright.domain.ids import WebhookId
from certwright.web.digicert.errors import BadRequest, required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_query,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.schemas import webhooks as wire
from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.translate import webhooks
from certwright.web.digicert.translate.query_string import parse_paging

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_WEBHOOK = "/webhook/{id}"


class WebhookRoutes:
    """The operations on the account's webhook."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations; fixed words come before ids."""
        return (
            Operation(method="GET", path="/webhook", handler=self.list_webhooks),
            Operation(method="POST", path="/webhook", handler=self.create, body=wire.WebhookBody),
            Operation(
                method="POST", path="/webhook/test-endpoint", handler=self.send_test, body=wire.SendTest
            ),
            Operation(method="GET", path="/webhook/event-logs", handler=self.list_events),
            Operation(method="PUT", path=_WEBHOOK, handler=self.update, body=wire.WebhookBody),
            Operation(method="PUT", path=f"{_WEBHOOK}/activate", handler=self.activate),
            Operation(method="PUT", path=f"{_WEBHOOK}/deactivate", handler=self.deactivate),
            Operation(method="PUT", path=f"{_WEBHOOK}/send-challenge", handler=self.send_challenge),
            Operation(
                method="PUT",
                path=f"{_WEBHOOK}/check-challenge",
                handler=self.check_challenge,
                body=wire.CheckChallenge,
            ),
            Operation(method="GET", path=f"{_WEBHOOK}/event-logs", handler=self.list_events),
        )

    async def list_webhooks(self, caller: Caller, _request: Request) -> Response:
        """List the one webhook of the account."""
        view = await self._use.webhooks.find(caller)
        if view is None:
            raise BadRequest("webhook_invalid_account", "No webhook exists for the account.")
        return send_json(
            wire.WebhookList([webhooks.webhook(view, with_secret=caller.key.role is Role.ADMINISTRATOR)])
        )

    async def create(self, caller: Caller, request: Request) -> Response:
        """Register the account's webhook."""
        wishes = webhooks.parse_wishes(await read_shape(request, wire.WebhookBody))
        if wishes.endpoint is None:
            raise required("endpoint")
        try:
            made = await self._use.webhooks.create(caller, wishes)
        except InvalidInput as cause:
            raise _refused(cause) from cause
        except Conflict as cause:
            raise BadRequest("webhook_already_exists", cause.message) from cause
        return send_json(wire.CreatedWebhook(made.id), status=201)

    async def update(self, caller: Caller, request: Request) -> Response:
        """Change the webhook's endpoint, secret, events or settings."""
        webhook_id = _id(request)
        body = await read_shape(request, wire.WebhookBody)
        await self._check_known(caller, webhook_id)
        wishes = webhooks.parse_wishes(body)
        try:
            await self._use.webhooks.update(caller, webhook_id, wishes)
        except InvalidInput as cause:
            raise _refused(cause) from cause
        return send_nothing()

    async def activate(self, caller: Caller, request: Request) -> Response:
        """Switch the webhook on."""
        return await self._set_active(caller, request, active=True)

    async def deactivate(self, caller: Caller, request: Request) -> Response:
        """Switch the webhook off."""
        return await self._set_active(caller, request, active=False)

    async def send_challenge(self, caller: Caller, request: Request) -> Response:
        """Send a token to the endpoint."""
        try:
            await self._use.webhooks.send_challenge(caller, _id(request))
        except Unavailable as cause:
            raise BadRequest("webhook_endpoint_error", cause.message) from cause
        return send_nothing()

    async def check_challenge(self, caller: Caller, request: Request) -> Response:
        """Verify the webhook by the token that its endpoint was sent."""
        webhook_id = _id(request)
        body = await read_shape(request, wire.CheckChallenge)
        await self._check_known(caller, webhook_id)
        try:
            await self._use.webhooks.check_challenge(caller, webhook_id, Secret((body.token or "").strip()))
        except InvalidInput as cause:
            raise BadRequest("webhook_invalid_token", cause.message) from cause
        return send_nothing()

    async def send_test(self, _caller: Caller, request: Request) -> Response:
        """Send a test event to an endpoint, registered or not."""
        body = await read_shape(request, wire.SendTest)
        try:
            await self._use.webhooks.send_test(body.endpoint or "")
        except InvalidInput as cause:
            raise _refused(cause) from cause
        except Unavailable as cause:
            raise BadRequest("webhook_endpoint_error", cause.message) from cause
        return send_nothing()

    async def list_events(self, caller: Caller, request: Request) -> Response:
        """List the events that were sent, or are on their way."""
        query = read_query(request)
        paging = parse_paging(query)
        webhook_id = _id(request) if "id" in request.path_params else None
        matching = webhooks.select(await self._use.webhooks.list_events(caller, webhook_id), query)
        page = matching[paging.offset : paging.offset + paging.limit]
        rows = [webhooks.logged(delivery) for delivery in page]
        return send_json(wire.EventLog(rows, Page(len(matching), paging.limit, paging.offset)))

    async def _set_active(self, caller: Caller, request: Request, *, active: bool) -> Response:
        try:
            await self._use.webhooks.set_active(caller, _id(request), active=active)
        except Conflict as cause:
            raise BadRequest("webhook_not_verified", cause.message) from cause
        return send_nothing()

    async def _check_known(self, caller: Caller, webhook_id: WebhookId) -> None:
        """Refuse an id that is not that of the account's webhook, before the body is looked at."""
        view = await self._use.webhooks.find(caller)
        if view is None or view.webhook.id != webhook_id:
            raise NotFound("webhook")


def _id(request: Request) -> WebhookId:
    return WebhookId(path_id(request, "webhook"))


def _refused(error: InvalidInput) -> InvalidInput:
    """Give the refusal of an endpoint the code that the manual has for it."""
    if any(fault.field == "endpoint" for fault in error.faults):
        return BadRequest("webhook_invalid_endpoint", error.message)
    return error
