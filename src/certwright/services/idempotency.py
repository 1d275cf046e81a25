"""Requests that may be sent twice: the same idempotency key gets the same answer and no second order.

The key is stored in the transaction of what it asked for, so a client that lost the answer, and a server that was
killed before giving it, both find the order that was placed.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, InvalidInput

if TYPE_CHECKING:
    from certwright.domain.account import Caller
    from certwright.domain.ids import OrderId
    from certwright.services.ports import UnitOfWork

_MAX_KEY_LENGTH = 255


def fingerprint(*parts: object) -> bytes:
    """Return a digest of what a request asks for."""
    return hashlib.sha256("\x1f".join(map(repr, parts)).encode()).digest()


async def find_answered(work: UnitOfWork, caller: Caller, key: str, asked: bytes) -> OrderId | None:
    """Return the order that an earlier request under this key made or changed; an empty key matches nothing.

    Raises:
        InvalidInput: the key is too long.
        Conflict: the earlier request asked for something else.
    """
    if not key:
        return None
    if len(key) > _MAX_KEY_LENGTH:
        raise InvalidInput.for_field(
            "Idempotency-Key", f"The idempotency key is longer than {_MAX_KEY_LENGTH} characters"
        )
    found = await work.answered.find(caller.account_id, key)
    if found is None:
        return None
    if found.fingerprint != asked:
        raise Conflict("The idempotency key was used for another request")
    return found.order_id


async def note_answered(work: UnitOfWork, caller: Caller, key: str, asked: bytes, order_id: OrderId) -> None:
    """Store that a request under this key was carried out; an empty key is not stored."""
    if key:
        await work.answered.add(caller.account_id, key, asked, order_id)
