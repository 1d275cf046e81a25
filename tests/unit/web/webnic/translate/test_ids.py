"""Ids go both ways without a table, and a text that is none answers as an unknown id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certwright.domain.errors import NotFound
from certwright.domain.ids import HIGHEST_ID, ContactId, OrderId
from certwright.web.webnic.translate.ids import (
    contact_id_text,
    order_id_text,
    parse_contact_id,
    parse_order_id,
    parse_organization_id,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@given(st.integers(min_value=1, max_value=HIGHEST_ID))
def test_ids_survive_the_round_trip(number: int) -> None:
    text = order_id_text(OrderId(number))
    assert len(text) == 10
    assert parse_order_id(text) == number
    assert parse_contact_id(contact_id_text(ContactId(number))) == number
    assert parse_organization_id(str(number)) == parse_organization_id(number) == number


def test_order_ids_grow_with_their_numbers() -> None:
    assert order_id_text(OrderId(99)) < order_id_text(OrderId(100)) < order_id_text(OrderId(HIGHEST_ID))
    assert order_id_text(OrderId(1)) == "2000000001"


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (parse_order_id, ""),
        (parse_order_id, "2000000000"),
        (parse_order_id, "4147483648"),
        (parse_order_id, "1"),
        (parse_order_id, "02000000001"),
        (parse_order_id, "-200000001"),
        (parse_order_id, " 200000001"),
        (parse_order_id, "2_00000001"),
        (parse_order_id, "\u0662" * 10),
        (parse_contact_id, "WNC"),
        (parse_contact_id, "WNC0"),
        (parse_contact_id, "WNC01"),
        (parse_contact_id, "WNCWNC1"),
        (parse_contact_id, "wnc1"),
        (parse_contact_id, "1"),
        (parse_contact_id, "WNC2147483648"),
        (parse_organization_id, "x"),
        (parse_organization_id, 0),
        (parse_organization_id, -1),
        (parse_organization_id, 2**70),
    ],
)
def test_other_texts_are_unknown_ids(parse: Callable[[object], int], text: object) -> None:
    with pytest.raises(NotFound, match="not found"):
        parse(text)
