"""What proves a domain, when a proof ends before its time, and what is looked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from certwright.domain.dcv import DCVMethod, ValidationStatus
from certwright.domain.domain import Domain, DomainView, best_proof, news
from certwright.domain.ids import DomainId
from certwright.domain.product import ValidationLevel
from tests.support.book import ACCOUNT, validation
from tests.support.clock import NOON

if TYPE_CHECKING:
    from certwright.domain.dcv import Validation

DAY = timedelta(days=1)
EXAMPLE = Domain(
    id=DomainId(1),
    account_id=ACCOUNT,
    name="www.example.com",
    method=DCVMethod.DNS_TXT,
    levels=(ValidationLevel.OV,),
    created_at=NOON,
    submitted_at=NOON,
)
STRICTER = datetime(2027, 3, 15, tzinfo=UTC)
"""From this day on a proof may be 100 days old instead of 200 (BR §4.2.1)."""


def proof(number: int = 1, *, days: int = 90, **changes: Any) -> Validation:
    made = validation(
        number,
        order_id=None,
        domain="www.example.com",
        proved_domain="www.example.com",
        status=ValidationStatus.VALID,
        validated_at=NOON,
        reusable_until=NOON + days * DAY,
    )
    return replace(made, **changes)


def _best(validations: list[Validation], at: datetime) -> int | None:
    best = best_proof(EXAMPLE, validations, at)
    return None if best is None else best.id


def view(proved: Any = None, *pending: Any) -> DomainView:
    return DomainView(domain=EXAMPLE, organization=None, proof=proved, pending=pending)


def test_best_proof_is_the_fresh_one_that_lasts_longest_whoever_gave_it() -> None:
    short, long = proof(1, days=10), proof(2, days=50, order_id=100_001)
    parents = proof(3, days=60, domain="example.com", proved_domain="example.com")
    assert _best([short, long], NOON) == long.id
    assert _best([short, long, parents], NOON) == parents.id
    assert _best([replace(parents, method=DCVMethod.WEBSITE), short], NOON) == short.id


def test_without_a_fresh_proof_the_domains_own_that_ended_last_is_told() -> None:
    own, others = proof(1, days=10), proof(2, days=20, order_id=100_001)
    assert _best([own, others], NOON + 30 * DAY) == own.id
    assert _best([others], NOON + 30 * DAY) is None
    assert _best([validation(4)], NOON) is None


def test_domain_never_proved_is_no_news() -> None:
    assert news(EXAMPLE, None, NOON) is None


def test_proof_ends_on_the_day_of_a_stricter_rule() -> None:
    long = proof(days=200)
    assert long.ends_at == STRICTER
    assert view(long).time_to_news(NOON) == STRICTER - NOON - 30 * DAY
    assert view(long).is_proved(STRICTER - DAY)
    assert not view(long).is_proved(STRICTER)


def test_value_is_waited_for_until_it_runs_out_and_an_answer_by_mail_is_not_looked_for() -> None:
    waiting = validation(5, order_id=None)
    assert view(None, waiting).waits_for_value(NOON)
    assert not view(None, waiting).waits_for_value(waiting.value_expires_at)
    assert not view(None, replace(waiting, method=DCVMethod.EMAIL)).waits_for_value(NOON)
