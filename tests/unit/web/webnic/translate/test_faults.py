"""Fields are called by their names on the wire."""

import pytest

from certwright.web.webnic.translate.faults import InvalidFields, check_present, wire_field


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("administrator.last_name", "administrator.lastName"),
        ("technical.postal_code", "technical.zip"),
        ("technical.email", "technical.email"),
        ("term_years", "term"),
        ("method", "authType"),
        ("common_name", "csr"),
        ("names[0]", "csr"),
        ("names[3]", "sanfield"),
        ("names", "sanfield"),
        ("sanfield[1]", "sanfield[1]"),
        ("filters[0].value", "filters[0].value"),
        ("", ""),
    ],
)
def test_words(ours: str, theirs: str) -> None:
    assert wire_field(ours) == theirs


def test_missing_is_null_or_empty_but_not_zero() -> None:
    with pytest.raises(InvalidFields) as caught:
        check_present({"a": None, "b": "", "c": b"", "d": 0, "e": "x"})
    assert [fault.field for fault in caught.value.faults] == ["a", "b", "c"]
