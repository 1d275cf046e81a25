"""One example of each body and answer for the API's description, as values of the schemas themselves."""

from __future__ import annotations

import msgspec

from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import AttemptOutcome, SubscriptionStatus
from certwright.web.native.schemas.changes import Actor, Change, Changes, History
from certwright.web.native.schemas.new_orders import (
    BulkResult,
    ItemResult,
    OrderPlaced,
    WantedName,
    WantedOrder,
)
from certwright.web.native.schemas.orders import Certificate, Order, Orders, Proof, ShownOrder
from certwright.web.native.schemas.problems import Problem
from certwright.web.native.schemas.webhooks import (
    Deliveries,
    Delivery,
    Events,
    NewWebhook,
    Replay,
    Webhook,
    WebhookChange,
    Webhooks,
    WebhookWithSecret,
)

PLACED = Change(
    sequence=1,
    order_id=100_001,
    certificate_id=500_001,
    action="place",
    from_status=None,
    to_status="pending",
    reason="Waits for proof of control of every name",
    actor=Actor(kind="key", id="1001"),
    changed_at="2026-11-22T12:00:00.000000Z",
)

CHANGES = Changes(changes=[PLACED], cursor=1, has_more=False)
HISTORY = History(changes=[PLACED])

ORDER = Order(
    order_id=100_001,
    common_name="shop.example.com",
    names=["shop.example.com", "www.example.com"],
    product="positivessl-multi-domain",
    status="issued",
    status_reason="The certificate was issued",
    status_changed_at="2026-11-22T12:00:07.250000Z",
    created_at="2026-11-22T12:00:00.000000Z",
    expires_at="2027-11-22T12:00:00.000000Z",
    term_years=1,
    placed_by_key=1001,
    organization_id=None,
    renewal_of_order_id=None,
    renewed_by_order_id=None,
    certificate=Certificate(
        certificate_id=500_001,
        status="issued",
        serial_number="5C3E1D0F9A8B7C6D",
        not_before="2026-11-22T11:00:07.000000Z",
        not_after="2027-03-10T11:00:06.000000Z",
        revoked_at=None,
    ),
    pending_certificate_id=None,
)
SHOWN_ORDER = ShownOrder(
    **msgspec.structs.asdict(ORDER),
    proofs=[Proof(name=name, method="dns-txt", is_proved=True) for name in ORDER.names],
)
ORDERS = Orders(orders=[ORDER], total=1, offset=0, limit=100)

WANTED_ORDER = WantedOrder(
    product="positivessl-multi-domain",
    names=[WantedName(name="www.example.com"), WantedName(name="example.org")],
    term_years=1,
    alternative_order_id="2026-0117",
    email="hostmaster@example.com",
)
ORDER_PLACED = OrderPlaced(order_id=100_001, status="needs_csr")
BULK_RESULT = BulkResult(
    placed=1,
    refused=1,
    results=[
        ItemResult(index=0, order_id=100_001, status="pending"),
        ItemResult(
            index=1,
            problem=Problem(
                type="urn:certwright:problem:insufficient_funds",
                title="The balance does not cover the price",
                status=409,
                detail="The account's balance and credit limit do not cover the order",
                code="insufficient_funds",
            ),
        ),
    ],
)

_EVENTS = Events(actions=[Action.ISSUE], to_statuses=[OrderStatus.REVOKED, OrderStatus.EXPIRED])
NEW_WEBHOOK = NewWebhook(
    url="https://hooks.example.com/certificates", description="Inventory", events=_EVENTS
)
WEBHOOK_CHANGE = WebhookChange(active=True)
WEBHOOK = Webhook(
    webhook_id=1,
    url=NEW_WEBHOOK.url,
    description=NEW_WEBHOOK.description,
    events=_EVENTS,
    status=SubscriptionStatus.ACTIVE,
    disabled_reason=None,
    failing_since=None,
    cursor=1042,
    key_id=1001,
    old_secret_until=None,
    created_at="2026-11-22T12:00:00.000000Z",
)
WEBHOOK_WITH_SECRET = WebhookWithSecret(
    **msgspec.structs.asdict(WEBHOOK),
    secret="whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",  # noqa: S106 - an example, the bytes 0 to 31
)
WEBHOOKS = Webhooks(webhooks=[WEBHOOK])
TEST_DELIVERY = Delivery(
    delivery_id=17,
    message_id=None,
    sequence=None,
    try_number=1,
    status=AttemptOutcome.DELIVERED,
    status_code=204,
    error="",
    duration_ms=38,
    attempted_at="2026-11-22T12:00:00.000000Z",
)
DELIVERIES = Deliveries(
    deliveries=[
        TEST_DELIVERY,
        Delivery(
            delivery_id=16,
            message_id="msg_1_1042",
            sequence=1042,
            try_number=2,
            status=AttemptOutcome.FAILED,
            status_code=None,
            error="The endpoint at hooks.example.com did not answer (TimeoutError)",
            duration_ms=10_003,
            attempted_at="2026-11-22T11:59:20.000000Z",
        ),
    ],
    cursor=16,
)
REPLAY = Replay(after=1000)
