"""Files of orders: what each line says, and how a file that is none is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from certwright.cli.order.reading import Format, OrderFile, Table, UnreadableFileError, survey
from certwright.domain.dcv import DCVMethod
from certwright.domain.errors import CertwrightError, InvalidInput

if TYPE_CHECKING:
    from pathlib import Path

PEM = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"


def written(folder: Path, content: str | bytes, name: str = "orders.csv") -> OrderFile:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return survey(path, Format.CSV if name.endswith(".csv") else Format.JSON_LINES)


def orders_of(file: OrderFile) -> dict[int, Any]:
    """Return what each line orders, or the refusal."""
    found: dict[int, Any] = {}
    for record in file.records():
        try:
            found[record.line] = msgspec.to_builtins(file.shape.decode(record.content))
        except CertwrightError as refusal:
            found[record.line] = refusal.message
    return found


def test_every_column_finds_its_field(tmp_path: Path) -> None:
    header = (
        "Product, names ,csr,method,approver_email,term_years,certificate_days,organization_id,"
        "administrator_contact_id,technical_contact_id,renewal_of_order_id,alternative_order_id,skip_approval,"
        "custom_field_7,custom_field_8,email,company,comments,special_instruction,additional_emails"
    )
    row = f'ssl123,a.example; b.example c.example,"{PEM}",email,admin@a.example,2,90,1,2,3,4,A-1,true,x,y,'
    row += 'e@a.example,"Example, Inc.",quick,now,f@a.example g@a.example'
    file = written(tmp_path, f"\ufeff{header}\r\n{row}\r\n")
    assert isinstance(file.shape, Table)
    wanted = file.shape.decode(next(iter(file.records())).content)
    assert [each.name for each in wanted.names] == ["a.example", "b.example", "c.example"]
    assert (wanted.csr, wanted.method) == (PEM.strip(), DCVMethod.EMAIL)
    assert msgspec.to_builtins(wanted) == {
        "product": "ssl123",
        "names": [
            {"name": name, "method": None, "approver_email": None}
            for name in ("a.example", "b.example", "c.example")
        ],
        "csr": PEM.strip(),
        "method": "email",
        "approver_email": "admin@a.example",
        "term_years": 2,
        "certificate_days": 90,
        "organization_id": 1,
        "administrator_contact_id": 2,
        "technical_contact_id": 3,
        "renewal_of_order_id": 4,
        "alternative_order_id": "A-1",
        "skip_approval": True,
        "custom_fields": [{"id": 7, "value": "x"}, {"id": 8, "value": "y"}],
        "email": "e@a.example",
        "company": "Example, Inc.",
        "comments": "quick",
        "special_instruction": "now",
        "additional_emails": ["f@a.example", "g@a.example"],
    }


def test_rows_go_on_over_line_breaks_and_are_numbered_by_their_first_line(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        f'product,common_name,dns_names,csr\nssl123,a.example,,"{PEM}"\n\n\nssl123,b.example,b.example;c.example,\n'
        "ssl123\nssl123,d.example,,,\n",
    )
    found = orders_of(file)
    assert list(found) == [2, 8, 9, 10]
    assert found[8] == {
        "product": "ssl123",
        "common_name": "b.example",
        "dns_names": ["b.example", "c.example"],
    }
    assert found[9] == "The row has 1 cells, and the header 4"
    assert found[10] == "The row has 5 cells, and the header 4"
    assert file.count == 4


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("two", "term_years: Expected `int`, got `str`"),
        ("0", "term_years: Expected `int` >= 1"),
        ("1.5", "term_years: Expected `int`, got `str`"),
    ],
)
def test_cell_that_can_not_be_used_is_named(tmp_path: Path, cell: str, reason: str) -> None:
    file = written(tmp_path, f"product,names,term_years\nssl123,a.example,{cell}\n")
    assert orders_of(file) == {2: reason}


def test_lines_of_json_are_orders_of_our_own_api(tmp_path: Path) -> None:
    lines = b'\xef\xbb\xbf{"product": "ssl123", "common_name": "a.example"}\r\n\n  \n[]\n{"product": 1}\n{"product": "x"'
    file = written(tmp_path, lines, "orders.jsonl")
    assert orders_of(file) == {
        1: {"product": "ssl123", "common_name": "a.example"},
        4: "Expected `object`, got `array`",
        5: "Expected `str`, got `int`",
        6: "The body is not valid JSON",
    }
    assert file.count == 4


def test_digest_is_of_every_byte(tmp_path: Path) -> None:
    digests = {
        written(tmp_path, text).digest for text in ("product,names\n", "product,names", "product, names\n")
    }
    assert len(digests) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "the file is empty"),
        ("product,name\n", "there is no column 'name'; the columns are additional_emails, administrator"),
        ("product,names,product\n", "the column product is there twice"),
        ("names\n", "the column product is missing"),
        ("product,dns_names\n", r"the column names \(or common_name, with dns_names\) is missing"),
        ("product,names,custom_fields\n", "there is no column 'custom_fields'"),
        (
            'product,names\nssl123,"a.example\n',
            "the row that begins on line 2 is no CSV: unexpected end of data",
        ),
        ('product,names\nssl123,a\nssl123,"a"x\n', "the row that begins on line 3 is no CSV"),
        (f"product,names\nssl123,{'a' * 200_000}\n", "the row that begins on line 2 is no CSV: field larger"),
        (b"product,names\nssl123,a\nssl123,\xff\n", "line 3 is not UTF-8"),
        ("product,names\nssl123,a\n".encode("utf-16"), "line 1 is not UTF-8"),
        (b"product,names\nssl123,\xc3", "the last line is not UTF-8"),
        (b"product,names\n" + b"x" * (1 << 20) + b"\n\xff", "line 3 is not UTF-8"),
    ],
)
def test_file_that_is_none_is_told_before_anything_is_placed(
    tmp_path: Path, content: str | bytes, reason: str
) -> None:
    with pytest.raises(UnreadableFileError, match=reason):
        written(tmp_path, content)


def test_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="No such file"):
        survey(tmp_path / "orders.csv", Format.CSV)


def test_row_of_another_width_is_refused_alone() -> None:
    with pytest.raises(InvalidInput):
        Table(("product", "names")).decode(["ssl123"])
