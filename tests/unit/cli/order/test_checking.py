"""Checking orders of a file: in this process or beside it the same, and each under a name of its own."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from certwright.cli.order.checking import Checker, checking
from certwright.cli.order.reading import JSONLines, Record
from certwright.cli.order.transport import Refusal
from certwright.domain.errors import Unavailable
from certwright.domain.key_blocklist import KeyBlocklist
from certwright.services.new_order import CheckedOrder
from tests.support.catalogue import CATALOGUE
from tests.support.clock import NOON
from tests.support.server import csr_for

if TYPE_CHECKING:
    from certwright.cli.order.transport import Checked

NAME = "www.example.com"


def record(line: int, **fields: Any) -> Record:
    return Record(line, json.dumps({"product": "positivessl", "common_name": NAME, **fields}).encode())


def checker(folder: Path = Path()) -> Checker:
    return Checker(
        shape=JSONLines(), name="digest", folder=folder, catalogue=CATALOGUE, blocklist=KeyBlocklist()
    )


def key_text(checked: Checked) -> str:
    assert isinstance(checked, CheckedOrder)
    assert checked.new.idempotency_key is not None
    return checked.new.idempotency_key.text


RECORDS = [
    record(1, csr=csr_for(NAME)),
    record(2, alternative_order_id="A-1"),
    record(3, term_years=99),
    record(4, product="nothing"),
    Record(5, b"{"),
]


def test_line_is_named_by_its_own_number_or_by_its_place_in_the_file() -> None:
    first, second, *refused = checker().check(RECORDS, NOON)
    assert key_text(first) == "import\tdigest\t000000000001"
    assert key_text(second) == "alternative_order_id\ta-1"
    assert [each.code for each in refused if isinstance(each, Refusal)] == [
        "invalid_input",
        "not_found",
        "invalid_input",
    ]
    keys = [checker().find_key(each) for each in RECORDS]
    assert [key and key.text for key in keys[:2]] == [key_text(first), key_text(second)]
    assert keys[4] is None


def test_csr_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "a.csr").write_text(csr_for(NAME))
    (tmp_path / "bytes.csr").write_bytes(b"\xff")
    paths = ["keys/a.csr", str(tmp_path / "keys" / "a.csr"), "missing.csr", "keys", "bytes.csr"]
    found = checker(tmp_path).check([record(1, csr=path) for path in paths], NOON)
    assert [type(each) for each in found] == [CheckedOrder, CheckedOrder, Refusal, Refusal, Refusal]
    assert found[2] == Refusal("unusable_csr", "The CSR file 'missing.csr' can't be read")


@pytest.mark.parametrize("orders", [5, 5000])
async def test_orders_are_checked_alike_in_this_process_and_beside_it(orders: int) -> None:
    with checking(checker(), orders) as check:
        answers = await asyncio.gather(*(check(RECORDS, NOON) for _ in range(3)))
        assert bool(multiprocessing.active_children()) is (orders == 5000)
    here = checker().check(RECORDS, NOON)
    assert answers == [here] * 3
    assert multiprocessing.active_children() == []


async def test_process_that_dies_is_told() -> None:
    with checking(checker(), 5000) as check:
        await check(RECORDS, NOON)
        for process in multiprocessing.active_children():
            process.kill()
        with pytest.raises(Unavailable, match="has died"):
            await check(RECORDS, NOON)
