"""One example of each body and answer for the API's description, as values of the schemas themselves."""

from __future__ import annotations

import msgspec

from certwright.web.native.schemas.changes import Actor, Change, Changes, History
from certwright.web.native.schemas.orders import Certificate, Order, Orders, Proof, ShownOrder

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
