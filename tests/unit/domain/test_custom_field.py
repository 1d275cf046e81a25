"""What a custom field takes."""

from __future__ import annotations

import pytest

from certwright.domain.custom_field import CustomField, ValueType
from certwright.domain.ids import CustomFieldId
from tests.support.book import ACCOUNT

T = ValueType


@pytest.mark.parametrize(
    ("value_type", "value", "taken"),
    [
        (T.ANYTHING, "\U0001f642 anything at all", True),
        (T.ANYTHING, "", False),
        (T.ANYTHING, "x" * 1000, True),
        (T.ANYTHING, "x" * 1001, False),
        (T.TEXT, "text", True),
        (T.WHOLE_NUMBER, "-42", True),
        (T.WHOLE_NUMBER, "4.2", False),
        (T.WHOLE_NUMBER, "42\n", False),
        (T.WHOLE_NUMBER, "\u0664\u0662", False),
        (T.WHOLE_NUMBER, "9" * 19, False),
        (T.EMAIL_ADDRESS, "a@example.com", True),
        (T.EMAIL_ADDRESS, "a@b@example.com", False),
        (T.EMAIL_ADDRESS, "a@example.com, b@example.com", False),
        (T.EMAIL_LIST, "a@example.com, b@example.com", True),
        (T.EMAIL_LIST, "a@example.com,", False),
    ],
)
def test_values_are_of_the_type_of_the_field(*, value_type: ValueType, value: str, taken: bool) -> None:
    field = CustomField(id=CustomFieldId(1), account_id=ACCOUNT, label="x", value_type=value_type)
    assert field.takes(value) is taken
