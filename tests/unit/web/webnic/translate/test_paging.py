"""Pages count from 1; without a size asked for, everything up to a limit is one page."""

from __future__ import annotations

import pytest

from certwright.domain.ids import HIGHEST_ID
from certwright.web.webnic.schemas.search import Pagination
from certwright.web.webnic.translate.faults import InvalidParameters
from certwright.web.webnic.translate.paging import LARGEST_PAGE, parse_page


def test_a_page_of_a_size() -> None:
    page = parse_page(Pagination(page=3, page_size=7))
    assert (page.offset, page.size, page.count(15), page.shown_size(15)) == (14, 7, 3, 7)
    assert page.count(0) == 0


@pytest.mark.parametrize("pagination", [None, Pagination(), Pagination(page=1)])
def test_no_size(pagination: Pagination | None) -> None:
    page = parse_page(pagination)
    assert (page.offset, page.size, page.shown_size(15)) == (0, LARGEST_PAGE, 15)
    assert page.shown_size(LARGEST_PAGE + 1) == LARGEST_PAGE


def test_a_page_beyond_everything() -> None:
    assert parse_page(Pagination(page=10**30, page_size=1000)).offset == HIGHEST_ID


@pytest.mark.parametrize(
    ("pagination", "field"),
    [
        (Pagination(page=0), "pagination.page"),
        (Pagination(page=-1), "pagination.page"),
        (Pagination(page_size=0), "pagination.pageSize"),
        (Pagination(page_size=LARGEST_PAGE + 1), "pagination.pageSize"),
    ],
)
def test_no_such_page(pagination: Pagination, field: str) -> None:
    with pytest.raises(InvalidParameters) as refused:
        parse_page(pagination)
    assert refused.value.faults[0].field == field
