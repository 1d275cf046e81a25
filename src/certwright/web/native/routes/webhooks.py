"""Webhooks: signed status changes to the account's own endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from certwright.domain.ids import SubscriptionId
from certwright.domain.permission import Area
from certwright.web.native.routes import examples
from certwright.web.native.routes.endpoint import operation, path_id, read_json, read_query
from certwright.web.native.schemas.webhooks import (
    Deliveries,
    DeliveriesQuery,
    Delivery,
    NewWebhook,
    Replay,
    Webhook,
    WebhookChange,
    Webhooks,
    WebhookWithSecret,
)
from certwright.web.native.translate import webhooks

if TYPE_CHECKING:
    from starlette.requests import Request

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases


async def list_webhooks(use: UseCases, caller: Caller, _request: Request) -> Webhooks:
    """List the account's webhooks."""
    now = use.clock.now()
    found = await use.subscriptions.list_all(caller)
    return Webhooks(webhooks=[webhooks.webhook(each, at=now) for each in found])


async def create_webhook(use: UseCases, caller: Caller, request: Request) -> WebhookWithSecret:
    """Have every status change that happens from now on sent to an endpoint."""
    wishes = webhooks.wishes(await read_json(request, NewWebhook))
    made = await use.subscriptions.create(caller, wishes)
    return webhooks.webhook_with_secret(made, at=use.clock.now())


async def show_webhook(use: UseCases, caller: Caller, request: Request) -> Webhook:
    """Show a webhook."""
    found = await use.subscriptions.get(caller, _id(request))
    return webhooks.webhook(found, at=use.clock.now())


async def change_webhook(use: UseCases, caller: Caller, request: Request) -> Webhook:
    """Change a webhook, or switch it on or off."""
    wishes = webhooks.wishes(await read_json(request, WebhookChange))
    changed = await use.subscriptions.update(caller, _id(request), wishes)
    return webhooks.webhook(changed, at=use.clock.now())


async def delete_webhook(use: UseCases, caller: Caller, request: Request) -> None:
    """Delete a webhook with its history."""
    await use.subscriptions.delete(caller, _id(request))


async def rotate_webhook_secret(use: UseCases, caller: Caller, request: Request) -> WebhookWithSecret:
    """Make a new secret; the old one signs beside it for 24 hours."""
    made = await use.subscriptions.rotate_secret(caller, _id(request))
    return webhooks.webhook_with_secret(made, at=use.clock.now())


async def try_webhook(use: UseCases, caller: Caller, request: Request) -> Delivery:
    """Send a signed test at once, and tell what came back."""
    webhook_id = _id(request)
    return webhooks.delivery(webhook_id, await use.subscriptions.send_test(caller, webhook_id))


async def list_webhook_deliveries(use: UseCases, caller: Caller, request: Request) -> Deliveries:
    """List the attempts of the last 30 days, newest first."""
    webhook_id, query = _id(request), read_query(request, DeliveriesQuery)
    made = await use.subscriptions.list_attempts(
        caller,
        webhook_id,
        before=None if query.after is UNSET else query.after,
        limit=query.limit + 1,
        outcome=None if query.status is UNSET else query.status,
    )
    return webhooks.deliveries(webhook_id, made, limit=query.limit)


async def replay_webhook(use: UseCases, caller: Caller, request: Request) -> Webhook:
    """Send everything behind a cursor again, under the same ids."""
    body = await read_json(request, Replay)
    rewound = await use.subscriptions.replay(caller, _id(request), body.after)
    return webhooks.webhook(rewound, at=use.clock.now())


def _id(request: Request) -> SubscriptionId:
    return SubscriptionId(path_id(request, "webhook_id", "webhook"))


_ALL = "/webhooks"
_ONE = "/webhooks/{webhook_id}"

OPERATIONS = (
    operation(
        list_webhooks,
        "GET",
        _ALL,
        Area.SUBSCRIPTIONS,
        answer=Webhooks,
        answer_example=examples.WEBHOOKS,
    ),
    operation(
        create_webhook,
        "POST",
        _ALL,
        Area.SUBSCRIPTIONS,
        body=NewWebhook,
        body_example=examples.NEW_WEBHOOK,
        answer=WebhookWithSecret,
        answer_example=examples.WEBHOOK_WITH_SECRET,
        status=201,
    ),
    operation(
        show_webhook,
        "GET",
        _ONE,
        Area.SUBSCRIPTIONS,
        answer=Webhook,
        answer_example=examples.WEBHOOK,
    ),
    operation(
        change_webhook,
        "PATCH",
        _ONE,
        Area.SUBSCRIPTIONS,
        body=WebhookChange,
        body_example=examples.WEBHOOK_CHANGE,
        answer=Webhook,
        answer_example=examples.WEBHOOK,
    ),
    operation(delete_webhook, "DELETE", _ONE, Area.SUBSCRIPTIONS, status=204),
    operation(
        rotate_webhook_secret,
        "POST",
        f"{_ONE}/rotate-secret",
        Area.SUBSCRIPTIONS,
        answer=WebhookWithSecret,
        answer_example=examples.WEBHOOK_WITH_SECRET,
    ),
    operation(
        try_webhook,
        "POST",
        f"{_ONE}/test",
        Area.SUBSCRIPTIONS,
        answer=Delivery,
        answer_example=examples.TEST_DELIVERY,
    ),
    operation(
        list_webhook_deliveries,
        "GET",
        f"{_ONE}/deliveries",
        Area.SUBSCRIPTIONS,
        query=DeliveriesQuery,
        answer=Deliveries,
        answer_example=examples.DELIVERIES,
    ),
    operation(
        replay_webhook,
        "POST",
        f"{_ONE}/replay",
        Area.SUBSCRIPTIONS,
        body=Replay,
        body_example=examples.REPLAY,
        answer=Webhook,
        answer_example=examples.WEBHOOK,
    ),
)
