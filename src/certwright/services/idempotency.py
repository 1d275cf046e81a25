"""Requests that may be sent twice: the same idempotency key gets the same answer and no second order.

The key is stored in the transaction of what it asked for, so a client that lost the answer, and a server that was
killed before giving it, both find the order that was placed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.errors import Conflict, Fault, InvalidInput
from certwright.services.ports import AnsweredRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certwright.domain.account import Caller
    from certwright.domain.ids import CertificateId, OrderId
    from certwright.services.ports import UnitOfWork

_MAX_KEY_LENGTH = 255
_OWN_NUMBER = "alternative_order_id"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A client's own name for a request, and a digest of the request, by which another one is told apart.

    ``field`` is the part of the request that it came from.
    """

    text: str
    fingerprint: bytes
    field: str = "Idempotency-Key"


def parse_idempotency_key(text: str, *parts: bytes) -> IdempotencyKey:
    """Read a key; ``parts`` are what the request consists of.

    Raises:
        InvalidInput: the key is empty, too long, or not of printable ASCII.
    """
    if not (0 < len(text) <= _MAX_KEY_LENGTH and text.isascii() and text.isprintable()):
        raise InvalidInput.for_field(
            "Idempotency-Key", f"An idempotency key has 1 to {_MAX_KEY_LENGTH} printable ASCII characters"
        )
    return IdempotencyKey(text, fingerprint_of(*parts))


def own_number_key(number: str, *parts: bytes) -> IdempotencyKey:
    """Take a client's own number for its order as the name of the request: each is used for one order only."""
    # The tab keeps these apart from the keys that clients choose, which have none.
    return IdempotencyKey(f"{_OWN_NUMBER}\t{number.lower()}", fingerprint_of(*parts), field=_OWN_NUMBER)


def fingerprint_of(*parts: bytes) -> bytes:
    """Return a digest of what a request consists of."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


async def find_answered(
    work: UnitOfWork, caller: Caller, key: IdempotencyKey | None
) -> AnsweredRequest | None:
    """Return what an earlier request under this key made or changed; no key matches nothing.

    Raises:
        Conflict: the earlier request asked for something else.
    """
    if key is None:
        return None
    return answer_to(key, await work.answered.find(caller.account_id, [key.text]))


def answer_to(key: IdempotencyKey, used: Mapping[str, AnsweredRequest]) -> AnsweredRequest | None:
    """Return what a key was used for, if it was.

    Raises:
        Conflict: it was used for something else.
    """
    found = used.get(key.text)
    if found is None:
        return None
    if found.fingerprint != key.fingerprint:
        message = "The idempotency key was used for another request"
        raise Conflict(message, faults=(Fault(field=key.field, message=message),))
    return found


async def note_answered(
    work: UnitOfWork,
    caller: Caller,
    key: IdempotencyKey | None,
    order_id: OrderId,
    certificate_id: CertificateId | None = None,
) -> None:
    """Store that a request under this key is carried out, before anything else is done for it.

    A request with the same key at the same moment then waits here, and not where it would find what this one changed.

    Raises:
        StaleRecord: another request used the key at the same moment; look again.
    """
    if key is not None:
        used = AnsweredRequest(fingerprint=key.fingerprint, order_id=order_id, certificate_id=certificate_id)
        await work.answered.add(caller.account_id, {key.text: used})
