"""Every status has a pair of words, and words lead back to the statuses shown under them."""

from __future__ import annotations

import pytest

from certwright.domain.status import OrderStatus
from certwright.web.webnic.translate.statuses import (
    CERTIFICATE_WORDS,
    ORDER_WORDS,
    status_words,
    statuses_of_certificate_word,
    statuses_of_order_word,
)

# The options that the manual's page on the search lists.
ORDER_OPTIONS = "REJECTED COMPLETED EXPIRED CANCELLED PENDING PENDING_REISSUE PROCESSED IN_PROCESS REVOKED INITIAL REFUNDED"
CERTIFICATE_OPTIONS = "ACTIVE EXPIRED REVOKED CANCELLED PENDING_REISSUE INITIAL COMPLETED FAILED"


def test_words_are_the_manuals() -> None:
    assert sorted(ORDER_OPTIONS.lower().split()) == list(ORDER_WORDS)
    assert sorted(CERTIFICATE_OPTIONS.lower().split()) == list(CERTIFICATE_WORDS)


@pytest.mark.parametrize("status", OrderStatus)
def test_words_lead_back(status: OrderStatus) -> None:
    words = status_words(status)
    assert status in statuses_of_order_word(words.order)
    assert status in statuses_of_certificate_word(words.certificate)


def test_no_status_is_found_under_two_words() -> None:
    by_order = [status for word in ORDER_WORDS for status in statuses_of_order_word(word)]
    by_certificate = [status for word in CERTIFICATE_WORDS for status in statuses_of_certificate_word(word)]
    assert sorted(by_order) == sorted(by_certificate) == sorted(OrderStatus)


def test_completed_is_a_certificate_status_that_is_never_shown() -> None:
    assert statuses_of_certificate_word("completed") == ()
