"""The dated rules of the CA/Browser Forum's Baseline Requirements, as data with their clauses.

Each table lists the first day of a rule (UTC) and its value; the rule of an instant is the last one that has begun.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile

_Table = tuple[tuple[datetime, timedelta], ...]


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


# BR §6.3.2: a certificate must not be valid longer than this; we stay a day below the limit, as the BR advise.
_MAX_VALIDITY: _Table = (
    (_day(2020, 9, 1), timedelta(days=397)),
    (_day(2026, 3, 15), timedelta(days=199)),
    (_day(2027, 3, 15), timedelta(days=99)),
    (_day(2029, 3, 15), timedelta(days=46)),
)

# BR §4.2.1: the age beyond which a domain validation must not be used again.
_MAX_VALIDATION_AGE: _Table = (
    (_day(2020, 9, 1), timedelta(days=398)),
    (_day(2026, 3, 15), timedelta(days=200)),
    (_day(2027, 3, 15), timedelta(days=100)),
    (_day(2029, 3, 15), timedelta(days=10)),
)

# BR §4.2.1: the age beyond which a validation of a subject's identity (OV, EV) must not be used again.
_MAX_IDENTITY_AGE: _Table = (
    (_day(2020, 9, 1), timedelta(days=825)),
    (_day(2026, 3, 15), timedelta(days=398)),
)

EMAIL_METHODS_END_AT = _day(2028, 3, 15)
"""BR §3.2.2.4.4: constructed e-mail must not be used from this day (ballot SC-090)."""


def _rule(table: _Table, at: datetime) -> timedelta:
    begun = list(takewhile(lambda row: row[0] <= at, table))
    return begun[-1][1] if begun else table[0][1]


def max_validity(at: datetime) -> timedelta:
    """Return the longest life of a certificate issued at the instant."""
    return _rule(_MAX_VALIDITY, at)


def max_validation_age(at: datetime) -> timedelta:
    """Return how long a proof of control may be used again at the instant."""
    return _rule(_MAX_VALIDATION_AGE, at)


def validation_ends_at(validated_at: datetime) -> datetime:
    """Return from when on a proof is too old, which may be the day on which a stricter rule begins."""
    rows = [row for row in _MAX_VALIDATION_AGE if row[0] > validated_at]
    ends_at = validated_at + max_validation_age(validated_at)
    for begins_at, max_age in rows:
        if ends_at <= begins_at:
            break
        ends_at = max(begins_at, validated_at + max_age)
    return ends_at


def max_identity_age(at: datetime) -> timedelta:
    """Return how long a validation of an organization may be used at the instant."""
    return _rule(_MAX_IDENTITY_AGE, at)
