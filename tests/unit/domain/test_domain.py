"""What proves a domain, and what its account has to be told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import NOTICE_BEFORE, Domain, DomainView, Told, best_proof, news
from certwright.domain.ids import DomainId
from certwright.domain.product import ValidationLevel
from tests.support.book import ACCOUNT, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.dcv import Validation

DAY = timedelta(days=1)


def domain(told: Told | None = None) -> Domain:
    return Domain(
        id=DomainId(1),
        account_id=ACCOUNT,
        name="example.com",
        method=DCVMethod.DNS_TXT,
        levels=(ValidationLevel.DV,),
        created_at=NOON,
        submitted_at=NOON,
        told=told,
    )


def proof(number: int, until: datetime, **changes: Any) -> Validation:
    values: dict[str, Any] = {
        "domain": "example.com",
        "proved_domain": "example.com",
        "status": ValidationStatus.VALID,
        "validated_at": NOON,
        "reusable_until": until,
        "order_id": None,
    }
    return validation(number, **{**values, **changes})


def test_proof_that_lasts_longest_counts() -> None:
    short, long, ended = proof(1, NOON + DAY), proof(2, NOON + 9 * DAY), proof(3, NOON - DAY)
    assert best_proof(domain(), [short, long, ended], NOON) == long
    assert best_proof(domain(), [proof(4, NOON - 2 * DAY), ended], NOON) == ended
    assert best_proof(domain(), [validation(5, domain="example.com")], NOON) is None


def test_order_s_proof_counts_while_it_is_fresh_alone() -> None:
    of_order = proof(1, NOON + DAY, order_id=validation().order_id)
    assert best_proof(domain(), [of_order], NOON) == of_order
    assert best_proof(domain(), [of_order], NOON + DAY) is None


@pytest.mark.parametrize(
    ("told", "left", "due"),
    [
        (None, 60 * DAY, Told.VALIDATED),
        (None, DAY, Told.VALIDATED),
        (Told.EXPIRED, DAY, Told.VALIDATED),
        (Told.VALIDATED, 60 * DAY, None),
        (Told.VALIDATED, NOTICE_BEFORE, Told.ENDING),
        (Told.ENDING, 60 * DAY, Told.VALIDATED),
        (Told.ENDING, DAY, None),
        (Told.VALIDATED, -DAY, Told.EXPIRED),
        (Told.ENDING, -DAY, Told.EXPIRED),
        (Told.EXPIRED, -DAY, None),
        (None, None, None),
    ],
)
def test_account_is_told_of_each_turn_once(
    told: Told | None, left: timedelta | None, due: Told | None
) -> None:
    given = None if left is None else proof(1, NOON + left)
    assert news(domain(told), given, NOON) is due
    if due is not None and left is not None and left != DAY:
        assert news(domain(due), given, NOON) is None


def test_view_says_how_long_there_is_no_news() -> None:
    def view(until: datetime | None, *pending: Validation) -> DomainView:
        given = None if until is None else proof(1, until)
        return DomainView(domain=domain(), organization=None, proof=given, pending=pending)

    assert view(NOON + 60 * DAY).time_to_news(NOON) == 30 * DAY
    assert view(NOON + 2 * DAY).time_to_news(NOON) == 2 * DAY
    assert view(NOON).time_to_news(NOON) is None
    assert view(None).time_to_news(NOON) is None
    assert view(NOON + DAY).is_proved(NOON)
    assert not view(NOON).is_proved(NOON)
    by_mail = validation(2, method=DCVMethod.EMAIL)
    by_value = validation(3)
    assert not view(None, by_mail).waits_for_value(NOON)
    assert view(None, by_mail, by_value).waits_for_value(NOON)
    assert not view(None, by_value).waits_for_value(by_value.value_expires_at)
