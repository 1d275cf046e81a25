"""Pages of a search: from what a client asks for to a part of what was found, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from certwright.domain.ids import HIGHEST_ID
from certwright.web.webnic.translate.faults import invalid_parameter

if TYPE_CHECKING:
    from certwright.web.webnic.schemas.search import Pagination

LARGEST_PAGE = 1000
"""The most items of a page, and the size of the page that is answered when none was asked for."""


class Page(NamedTuple):
    """A page; ``was_sized`` says whether the client chose its size."""

    number: int
    size: int
    was_sized: bool

    @property
    def offset(self) -> int:
        """How many items lie before the page; nothing lies beyond the highest id, and databases count in 64 bits."""
        return min((self.number - 1) * self.size, HIGHEST_ID)

    def count(self, total: int) -> int:
        """Return how many pages hold so many items."""
        return -(-total // self.size)

    def shown_size(self, total: int) -> int:
        """Return the size to be shown: without one asked for, that of the one page that holds everything."""
        return self.size if self.was_sized else min(self.size, total)


def parse_page(pagination: Pagination | None) -> Page:
    """Read which page is asked for.

    Raises:
        InvalidParameters: there is no such page, or it is too large.
    """
    number = 1 if pagination is None or pagination.page is None else pagination.page
    asked = None if pagination is None else pagination.page_size
    size = LARGEST_PAGE if asked is None else asked
    if number < 1:
        raise invalid_parameter("pagination.page", "must be at least 1")
    if not 1 <= size <= LARGEST_PAGE:
        raise invalid_parameter("pagination.pageSize", f"must be 1 to {LARGEST_PAGE}")
    return Page(number=number, size=size, was_sized=asked is not None)
