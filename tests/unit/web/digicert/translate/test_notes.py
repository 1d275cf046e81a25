"""Notes and custom fields, as clients send them and as they are told."""

from __future__ import annotations

import msgspec
import pytest

from certwright.domain.custom_field import CustomField, CustomValue, GivenValue, ValueType
from certwright.domain.ids import CustomFieldId
from certwright.services.annotations import FieldChange
from certwright.web.digicert.errors import BadRequest
from certwright.web.digicert.schemas.bodies import CustomFieldValue
from certwright.web.digicert.schemas.notes import ChangeField
from certwright.web.digicert.translate.notes import (
    custom_field,
    custom_values,
    field_change,
    given_value,
)
from tests.support.book import ACCOUNT

FIELD = CustomField(id=CustomFieldId(3), account_id=ACCOUNT, label="Hosts", value_type=ValueType.WHOLE_NUMBER)


@pytest.mark.parametrize(
    ("value", "text"), [("Blue ", "Blue"), (12, "12"), (True, "true"), (False, "false"), (1.5, "1.5")]
)
def test_values_are_texts(value: str | float | bool, text: str) -> None:
    assert given_value(CustomFieldValue(metadata_id="3", value=value)) == GivenValue(CustomFieldId(3), text)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (CustomFieldValue(value="x"), "required_param:metadata_id"),
        (CustomFieldValue(metadata_id=0, value="x"), "required_param:metadata_id"),
        (CustomFieldValue(metadata_id=3), "required_param:value"),
        (CustomFieldValue(metadata_id="x", value="x"), "invalid_custom_field_value"),
    ],
)
def test_values_that_are_none(body: CustomFieldValue, code: str) -> None:
    with pytest.raises(BadRequest) as caught:
        given_value(body)
    assert caught.value.wire_code == code


def test_what_is_missing_stays_as_it_is() -> None:
    assert field_change(ChangeField()) == FieldChange()
    changed = field_change(ChangeField(label="Hosts", data_type="int", is_active=0, is_required="1"))
    assert changed == FieldChange(
        label="Hosts", value_type=ValueType.WHOLE_NUMBER, is_active=False, is_required=True
    )
    with pytest.raises(BadRequest):
        field_change(ChangeField(data_type="colour"))


def test_no_values_are_left_out() -> None:
    assert custom_values([]) is msgspec.UNSET
    (told,) = msgspec.to_builtins(custom_values([CustomValue(FIELD, "12")]))
    assert told == {"metadata_id": 3, "label": "Hosts", "value": "12"}
    assert "description" not in msgspec.to_builtins(custom_field(FIELD))


@pytest.mark.parametrize(
    ("value_type", "good", "bad"),
    [
        (ValueType.WHOLE_NUMBER, "-12", "1.5"),
        (ValueType.EMAIL_ADDRESS, "siti@example.com", "siti"),
        (ValueType.EMAIL_LIST, "siti@example.com, ali@example.com", "siti@example.com, ali"),
        (ValueType.TEXT, "anything", ""),
        (ValueType.ANYTHING, "x" * 1000, "x" * 1001),
    ],
)
def test_fields_take_what_looks_like_their_type(value_type: ValueType, good: str, bad: str) -> None:
    field = CustomField(id=CustomFieldId(1), account_id=ACCOUNT, label="x", value_type=value_type)
    assert field.takes(good)
    assert not field.takes(bad)
