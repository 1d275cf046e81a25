"""Conditions on organizations in SQL; what they compare are columns that the store keeps for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.organization import Standing
from certwright.domain.query import Contains, OneOf
from certwright.store.engine import to_stored, to_stored_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from certwright.domain.organization import Organization
    from certwright.domain.query import OrganizationQuery
    from certwright.store.engine import Bindable

_NO_REVIEW = "none"
_REVIEWS = {
    Standing.INITIAL: _NO_REVIEW,
    Standing.PENDING: "pending",
    Standing.REJECTED: "rejected",
    Standing.EXPIRED: "approved",
}


def name_key(organization: Organization) -> str:
    """Return the name as it is compared: in lower case, alike on every database."""
    return organization.name.lower()


def review_key(organization: Organization) -> str:
    """Return the status of the check that matters most."""
    return _NO_REVIEW if organization.review is None else organization.review.value


def validated_until_key(organization: Organization) -> int:
    """Return when the last of the successful checks runs out; 0 where there is none."""
    return to_stored_or_none(organization.validated_until) or 0


class Where:
    """The WHERE of a query, with the values bound so far."""

    def __init__(self, query: OrganizationQuery) -> None:
        self.values: list[Bindable] = []
        clauses = [f"account_id = {self.bind(query.account_id)}"]
        clauses += [self._name_clause(test) for test in dict.fromkeys(query.names)]
        if query.standings is not None:
            tests = [self._standing_clause(standing, query.at) for standing in sorted(query.standings)]
            clauses.append(f"({' OR '.join(tests) or '1 = 0'})")
        self.text = f"WHERE {' AND '.join(clauses)}"

    def bind(self, value: Bindable) -> str:
        """Keep a value and return its placeholder."""
        self.values.append(value)
        return f"${len(self.values)}"

    def _name_clause(self, test: Contains | OneOf) -> str:
        if isinstance(test, Contains):
            escaped = test.text.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_")
            return f"name_key LIKE {self.bind(f'%{escaped}%')} ESCAPE '!'"
        bound = [self.bind(str(value).lower()) for value in dict.fromkeys(test.values)]
        return f"name_key IN ({', '.join(bound)})" if bound else "1 = 0"

    def _standing_clause(self, standing: Standing, at: datetime) -> str:
        now = self.bind(to_stored(at))
        if standing is Standing.ACTIVE:
            return f"validated_until > {now}"
        return f"(review = {self.bind(_REVIEWS[standing])} AND validated_until <= {now})"
