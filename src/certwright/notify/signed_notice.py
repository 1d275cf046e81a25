"""Status changes as signed HTTP requests to subscribers, in the form of Standard Webhooks 1.0.

    POST <url>
    Content-Type: application/json
    webhook-id: msg_7_1042                   the same at every attempt
    webhook-timestamp: 1795348800            when this attempt was made, in seconds since 1970
    webhook-signature: v1,<base64> v1,<base64>    one for each secret that is good now

    {"type": "order.status_changed", "timestamp": "2026-11-22T12:00:00.000000Z", "data": {"sequence": 1042, …}}

A body is the same at every attempt; its ``timestamp`` is that of the change. ``data`` is the change as the feed tells it.
"""

from __future__ import annotations

import time
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from certwright.domain.errors import Unavailable
from certwright.domain.subscription import sign
from certwright.services.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from certwright.domain.account import Secret
    from certwright.domain.change import StatusChange
    from certwright.notify.http_post import HTTPPoster
    from certwright.services.ports import Notice

_USER_AGENT = "Certwright (webhook)"
_CHANGED = "order.status_changed"
_TEST = "webhook.test"


class SignedNoticeSender:
    """Signs notices and posts them."""

    def __init__(self, poster: HTTPPoster) -> None:
        self._poster = poster

    async def check_url(self, url: str) -> None:
        """Refuse a URL to which nothing would be sent.

        Raises:
            InvalidInput: it is none, or its host lies where nothing may be sent.
        """
        self._poster.check_url(url, field="url")
        await self._poster.check_host(url, field="url")

    async def send(self, url: str, notice: Notice, *, secrets: Sequence[Secret], at: datetime) -> Answer:
        """Send a notice once, signed with every secret as of an instant."""
        body = msgspec.json.encode(_payload(notice))
        timestamp = int(at.timestamp())
        headers = {
            "webhook-id": notice.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": " ".join(sign(secret, notice.id, timestamp, body) for secret in secrets),
        }
        started = time.perf_counter()
        status_code, error = None, ""
        try:
            status_code = await self._poster.post(url, body, user_agent=_USER_AGENT, headers=headers)
        except Unavailable as failure:
            error = failure.message
        return Answer(
            status_code=status_code,
            error=error,
            duration=timedelta(seconds=time.perf_counter() - started),
        )


def _payload(notice: Notice) -> dict[str, Any]:
    change = notice.change
    return {
        "type": _TEST if change is None else _CHANGED,
        "timestamp": _rfc3339(notice.occurred_at),
        "data": {"webhook_id": notice.subscription_id} if change is None else _change(change),
    }


def _change(change: StatusChange) -> dict[str, Any]:
    return {
        "sequence": change.sequence,
        "order_id": change.order_id,
        "certificate_id": change.certificate_id,
        "action": change.action.value,
        "from_status": change.from_status.value if change.from_status else None,
        "to_status": change.to_status.value,
        "reason": change.reason,
        "actor": {"kind": change.actor.kind.value, "id": change.actor.id},
        "changed_at": _rfc3339(change.changed_at),
    }


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
