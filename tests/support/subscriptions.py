"""Subscriptions and changes made of defaults, and a receiver's own check of what it is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.change import StatusChange
from certwright.domain.ids import APIKeyId, CertificateId, OrderId, SubscriptionId
from certwright.domain.status import Action, OrderStatus
from certwright.domain.subscription import Subscription
from certwright.services.subscriptions import SubscriptionWishes
from tests.support.book import ACCOUNT, KEY, add_order, order
from tests.support.clock import NOON
from tests.support.server import running_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from certwright.domain.order import Order
    from certwright.domain.subscription import Attempt
    from certwright.services.accounts import NewAccount
    from certwright.services.subscriptions import NewSecret
    from tests.support.receiver import Received, Receiver
    from tests.support.server import Server


def subscription(number: int = 7, **changes: Any) -> Subscription:
    made = Subscription(
        id=SubscriptionId(number),
        account_id=ACCOUNT,
        key_id=APIKeyId(1001),
        url="https://hooks.example.com/",
        created_at=NOON,
        sealed_secret=b"new",
        position=0,
    )
    return replace(made, **changes)


def change(sequence: int = 1, order_number: int = 100_001, **changes: Any) -> StatusChange:
    made = StatusChange(
        account_id=ACCOUNT,
        order_id=OrderId(order_number),
        certificate_id=CertificateId(order_number + 400_000),
        action=Action.ISSUE,
        from_status=OrderStatus.PROCESSING,
        to_status=OrderStatus.ISSUED,
        actor=KEY,
        reason="",
        changed_at=NOON,
        sequence=sequence,
    )
    return replace(made, **changes)


def is_signed(got: Received, secret: str) -> bool:
    """Check a request as Standard Webhooks tells receivers to, without a line of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.raw
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(
        hmac.compare_digest(each, f"v1,{expected}") for each in got.headers["webhook-signature"].split(" ")
    )


def check_order(received: Iterable[Received]) -> set[int]:
    """Check that no change was taken before an earlier one of its order, and return what was taken.

    A change that comes once more is no matter: receivers know it by its id.
    """
    seen: dict[int, list[int]] = {}
    for got in received:
        data = got.body["data"]
        taken = seen.setdefault(data["order_id"], [])
        if 200 <= got.status < 300 and data["sequence"] not in taken:
            assert all(earlier < data["sequence"] for earlier in taken), (data, taken)
            taken.append(data["sequence"])
    return {sequence for taken in seen.values() for sequence in taken}


TO_THIS_MACHINE = {"CERTWRIGHT_WEBHOOK_ALLOW_PRIVATE_ADDRESSES": "true"}


@pytest.fixture
async def telling_server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server on SQLite that may send to this machine."""
    async with running_server(tmp_path, **TO_THIS_MACHINE) as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def each_telling_server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A server on each database that may send to this machine."""
    environment = dict(TO_THIS_MACHINE)
    if request.param == "postgresql":
        environment["CERTWRIGHT_DATABASE_URL"] = request.getfixturevalue("fresh_database_url")
    async with running_server(tmp_path, **environment) as running:
        yield running


async def subscribe(server: Server, receiver: Receiver, **wishes: Any) -> NewSecret:
    """Subscribe a receiver as the account's administrator."""
    url = f"http://127.0.0.1:{receiver.port}/hook"
    return await server.program.use.subscriptions.create(
        await server.caller(), SubscriptionWishes(**{"url": url, **wishes})
    )


async def subscribe_unreachable(server: Server, host: str, account: NewAccount | None = None) -> NewSecret:
    """Subscribe a host that was public when it was named, and to which nothing is sent by now."""
    secret = (account or server.account).digicert.secret
    caller = await server.program.use.accounts.authenticate_key(secret)
    server.dns.publish(host, "A", "93.184.216.34")
    made = await server.program.use.subscriptions.create(
        caller, SubscriptionWishes(url=f"https://{host}/certificates", description="Inventory")
    )
    server.dns.publish(host, "A", "192.168.1.1")
    return made


async def stands(server: Server, made: NewSecret) -> Subscription:
    """Return a subscription as it is now."""
    return await server.program.use.subscriptions.get(await server.caller(), made.subscription.id)


async def attempts(server: Server, made: NewSecret) -> list[Attempt]:
    """List the last attempts, oldest first."""
    found = await server.program.use.subscriptions.list_attempts(
        await server.caller(), made.subscription.id, before=None, limit=10_000
    )
    return found[::-1]


async def log_changes(server: Server, orders: int, *actions: Action, first: int = 200_001) -> list[Order]:
    """Write changes into the log without doing what they say: orders are placed, then all take one step, and the next."""
    account_id = server.account.account.id
    now = server.clock.now()
    made = [
        await add_order(server.program.store, order(number, account_id=account_id, created_at=now))
        for number in range(first, first + orders)
    ]
    for action in actions:
        for index, one in enumerate(made):
            applied = one.apply(action, actor=KEY, reason="", at=now)
            async with server.program.store.writing() as work:
                await work.orders.record(applied)
            made[index] = replace(applied.order, version=one.version + 1)
    return made
