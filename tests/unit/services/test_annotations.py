"""Notes, and custom fields that new orders must or may fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from certwright.domain.custom_field import GivenValue, ValueType
from certwright.domain.errors import InvalidInput
from certwright.domain.ids import CustomFieldId
from certwright.services.annotations import VALUES, FieldChange
from tests.support.orders import new_order, place, show

if TYPE_CHECKING:
    from tests.support.server import Server


async def test_notes_stand_with_their_order(server: Server) -> None:
    view, use, caller = await place(server), server.program.use.annotations, await server.caller()
    notes = [await use.add_note(caller, view.order.id, text) for text in ("first", "second")]
    assert await use.list_notes(caller, view.order.id) == notes
    assert (await show(server, view.order)).notes == tuple(notes)
    assert {note.author for note in notes} == {caller.key.id}


@pytest.mark.parametrize("label", ["", "   ", "x" * 101, "Taken", " Taken "])
async def test_label_has_a_length_and_is_taken_once(server: Server, label: str) -> None:
    use, caller = server.program.use.annotations, await server.caller()
    await use.add_field(caller, FieldChange(label="Taken"))
    with pytest.raises(InvalidInput) as refused:
        await use.add_field(caller, FieldChange(label=label))
    assert [fault.field for fault in refused.value.faults] == ["label"]


async def test_change_leaves_what_it_does_not_name(server: Server) -> None:
    use, caller = server.program.use.annotations, await server.caller()
    made = await use.add_field(caller, FieldChange(label="Number", value_type=ValueType.WHOLE_NUMBER))
    changed = await use.change_field(caller, made.id, FieldChange(is_required=True))
    assert (changed.label, changed.value_type, changed.is_required) == (
        "Number",
        ValueType.WHOLE_NUMBER,
        True,
    )
    assert await use.list_fields(caller) == [changed]


async def test_required_field_is_asked_of_new_orders(server: Server) -> None:
    use, caller = server.program.use.annotations, await server.caller()
    field = await use.add_field(caller, FieldChange(label="Cost centre", is_required=True))
    with pytest.raises(InvalidInput, match="is required") as refused:
        await place(server)
    assert [fault.field for fault in refused.value.faults] == [VALUES]
    view = await place(server, custom_values=(GivenValue(field.id, "4711"),))
    assert [(each.field.id, each.value) for each in view.custom_values] == [(field.id, "4711")]

    accounts, key = server.program.use.accounts, server.account.webnic
    token = await accounts.log_in(key.key.username or "", key.secret)
    by_token = await accounts.authenticate_token(token.secret)
    # WebNIC's API has no way to fill it in.
    assert (await server.program.use.ordering.place(by_token, new_order(server))).custom_values == ()
    await use.change_field(caller, field.id, FieldChange(is_active=False))
    await place(server)


async def test_value_that_does_not_fit_is_refused(server: Server) -> None:
    use, caller = server.program.use.annotations, await server.caller()
    field = await use.add_field(caller, FieldChange(label="Number", value_type=ValueType.WHOLE_NUMBER))
    view = await place(server)
    for given in (GivenValue(field.id, "x"), GivenValue(CustomFieldId(999), "1")):
        with pytest.raises(InvalidInput):
            await use.set_value(caller, view.order.id, given)
        with pytest.raises(InvalidInput):
            await place(server, custom_values=(given,))
    await use.set_value(caller, view.order.id, GivenValue(field.id, "7"))
    assert [each.value for each in (await show(server, view.order)).custom_values] == ["7"]
