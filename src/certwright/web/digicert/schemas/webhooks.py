"""Webhooks: what clients send and how they are answered."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from certwright.web.digicert.schemas.answers import Page
from certwright.web.digicert.schemas.bodies import Flag


class WishedSettings(Struct):
    """The settings that a client may send; those that are not here change nothing with us."""

    webhook_send_certificate_chain: Flag = None


class WebhookBody(Struct):
    """The body of POST webhook and PUT webhook/{id}."""

    endpoint: str | None = None
    secret: str | None = None
    events: list[str | None] | None = None
    webhook_settings: WishedSettings | None = None


class SendTest(Struct):
    """The body of POST webhook/test-endpoint."""

    endpoint: str | None = None


class CheckChallenge(Struct):
    """The body of PUT webhook/{id}/check-challenge."""

    token: str | None = None


class CreatedWebhook(Struct):
    """The answer to a new webhook."""

    webhook_id: int


class WebhookSettings(Struct):
    """The settings of a webhook; yes and no are texts here."""

    webhook_send_certificate_chain: str


class Webhook(Struct, kw_only=True):
    """A webhook."""

    id: int
    endpoint: str
    secret: str | UnsetType = UNSET
    events: list[str]
    status: str
    webhook_settings: WebhookSettings


class WebhookList(Struct):
    """The one webhook of an account."""

    webhooks: list[Webhook]


class EventInfo(Struct, kw_only=True):
    """What an event was about."""

    order_id: int | UnsetType = UNSET
    certificate_id: int | UnsetType = UNSET
    organization_id: int | UnsetType = UNSET
    domain_id: int | UnsetType = UNSET


class LoggedEvent(Struct, kw_only=True):
    """An event that was sent, or is on its way."""

    event_name: str
    event_info: EventInfo | UnsetType = UNSET
    request_status: str
    request_sent_time: str | UnsetType = UNSET
    response_received_time: str | UnsetType = UNSET
    response_code: int | UnsetType = UNSET


class EventLog(Struct):
    """A page of events."""

    events: list[LoggedEvent]
    page: Page
