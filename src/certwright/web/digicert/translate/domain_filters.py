"""Filters and sorting of the list of domains.

A value of ``filters[…]`` is exact, or ``%text`` (contains) for names; several values of one filter are alternatives. A
filter or a name to sort by that is not known is passed over.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from certwright.web.digicert.translate.domains import parse_method
from certwright.web.digicert.translate.words import METHOD_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from certwright.domain.account import Account
    from certwright.domain.domain import DomainView
    from certwright.web.digicert.translate.query_string import QueryString

_ENDS: dict[str, tuple[int, int]] = {
    "expired_in_last_7_days": (-7, 0),
    "expiring_within_7_days": (0, 7),
    "expiring_within_30_days": (0, 30),
    "expiring_from_31_to_60_days": (31, 60),
    "expiring_from_61_to_90_days": (61, 90),
}
"""The values of ``filters[validation]``, after ``ov_`` or ``ev_``: between which days from now a proof ends."""


def select(views: list[DomainView], account: Account, query: QueryString, at: datetime) -> list[DomainView]:
    """Pick and sort the domains that filters name; a filter that is not known is passed over."""
    tests: dict[str, Callable[[DomainView, str], bool]] = {
        "status": lambda view, word: word.lower() == ("active" if view.domain.is_active else "inactive"),
        "dcv_method": lambda view, word: parse_method(word) is view.domain.method,
        "search": lambda view, word: _matches(view.domain.name, word.lower()),
        "name": lambda view, word: _matches(view.domain.name, word.lower()),
        "organization_id": lambda view, word: word == str(view.domain.organization_id),
        "container_id": lambda _view, word: word == str(account.id),
        "validation": lambda view, word: _ends_as(view, word, at),
    }
    plain = {
        name: (query.plain[name],) for name in ("container_id", "organization_id") if name in query.plain
    }
    wanted = {name: values for name, values in {**plain, **query.filters}.items() if name in tests}
    found = [
        view
        for view in views
        if all(any(tests[name](view, value) for value in values) for name, values in wanted.items())
    ]
    return _sorted(found, query.plain.get("sort", ""))


def _matches(name: str, text: str) -> bool:
    return text[1:] in name if text.startswith("%") else name == text


def _ends_as(view: DomainView, word: str, at: datetime) -> bool:
    if word.lower() == "pending":
        return bool(view.pending) and not view.is_proved(at)
    level, _, span = word.lower().partition("_")
    ends = view.proof.ends_at if view.proof else None
    if span not in _ENDS or ends is None or level not in {known.value for known in view.domain.levels}:
        return False
    first, last = _ENDS[span]
    return timedelta(days=first) <= ends - at <= timedelta(days=last)


def _sorted(views: list[DomainView], text: str) -> list[DomainView]:
    """Sort by names joined by commas, each with ``-`` for descending; names that are not known are passed over."""
    keys: dict[str, Callable[[DomainView], str | int | float]] = {
        "id": lambda view: view.domain.id,
        "name": lambda view: view.domain.name,
        "date_created": lambda view: view.domain.created_at.timestamp(),
        "is_active": lambda view: int(view.domain.is_active),
        "status": lambda view: int(view.domain.is_active),
        "dcv_method": lambda view: METHOD_WORDS[view.domain.method],
    }
    for word in reversed([part.strip() for part in text.split(",")]):
        key = keys.get(word.lstrip("+-"))
        if key is not None:
            views = sorted(views, key=key, reverse=word.startswith("-"))
    return views
