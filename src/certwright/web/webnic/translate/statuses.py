"""Our one order status as WebNIC's pair of an order status and a certificate status, and back.

What a filter finds is worked out from the same table as what is shown, so the two can't disagree. ``COMPLETED`` is a
certificate status that the vendor lists but that we never show: it is a good filter which finds nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from certwright.domain.status import OrderStatus


@dataclass(frozen=True, slots=True)
class StatusWords:
    """The two words that WebNIC has for where an order stands, in the case in which answers carry them."""

    order: str
    certificate: str


_S = OrderStatus

_WORDS: dict[OrderStatus, StatusWords] = {
    _S.NEEDS_APPROVAL: StatusWords("initial", "initial"),
    _S.NEEDS_CSR: StatusWords("initial", "initial"),
    _S.PENDING: StatusWords("pending", "initial"),
    _S.VALIDATING: StatusWords("in_process", "initial"),
    _S.PROCESSING: StatusWords("processed", "initial"),
    _S.ISSUED: StatusWords("completed", "active"),
    _S.REISSUE_PENDING: StatusWords("pending_reissue", "pending_reissue"),
    _S.REJECTED: StatusWords("rejected", "failed"),
    _S.CANCELED: StatusWords("cancelled", "cancelled"),
    _S.REFUNDED: StatusWords("refunded", "cancelled"),
    _S.REVOKED: StatusWords("revoked", "revoked"),
    _S.EXPIRED: StatusWords("expired", "expired"),
}

ORDER_WORDS = tuple(sorted({words.order for words in _WORDS.values()}))
"""Every ``orderStatus``."""

CERTIFICATE_WORDS = tuple(sorted({words.certificate for words in _WORDS.values()} | {"completed"}))
"""Every ``certStatus``."""


def status_words(status: OrderStatus) -> StatusWords:
    """Return the pair that stands for a status."""
    return _WORDS[status]


def statuses_of_order_word(word: str) -> tuple[OrderStatus, ...]:
    """List the statuses shown under an ``orderStatus``."""
    return tuple(status for status, words in _WORDS.items() if words.order == word)


def statuses_of_certificate_word(word: str) -> tuple[OrderStatus, ...]:
    """List the statuses shown under a ``certStatus``."""
    return tuple(status for status, words in _WORDS.items() if words.certificate == word)
