"""Lists as CSV: one column for each value, empty where there is none."""

from __future__ import annotations

import csv

from certwright.domain.query import FoundOrder
from certwright.web.digicert.translate import csv_lists
from certwright.web.digicert.translate.orders import Surroundings, order_row
from certwright.web.digicert.translate.parties import organization as tell_organization
from tests.support.book import account, api_key, certificate, order, organization
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON

AROUND = Surroundings(
    account=account(), keys={api_key().id: api_key()}, organizations={}, catalogue=CATALOGUE, at=NOON
)


def test_orders_have_a_row_each() -> None:
    made = order()
    row = order_row(FoundOrder(order=made, certificate=certificate(made)), AROUND)
    (told,) = csv.DictReader(csv_lists.orders([row]).splitlines())
    assert (told["Order ID"], told["Common Name"]) == ("100001", "www.example.com")
    assert (told["Serial Number"], told["Organization"]) == ("", "")


def test_quotes_and_commas_stay_inside_their_cells() -> None:
    strange = organization(name='Smith, "Sons" & Co')
    text = csv_lists.organizations([tell_organization(strange, account(), at=NOON)])
    assert next(csv.DictReader(text.splitlines()))["Name"] == 'Smith, "Sons" & Co'


def test_empty_lists_still_name_their_columns() -> None:
    assert csv_lists.requests([]).startswith("Request ID,Date,Type,Status")
