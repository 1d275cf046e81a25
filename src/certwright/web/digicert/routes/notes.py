"""What is written down beside orders: notes, custom fields and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from certwright.domain.ids import CustomFieldId, OrderId
from certwright.web.digicert.errors import required
from certwright.web.digicert.routes.endpoint import (
    Operation,
    path_id,
    read_shape,
    send_json,
    send_nothing,
)
from certwright.web.digicert.schemas import bodies
from certwright.web.digicert.schemas import notes as wire
from certwright.web.digicert.translate import notes as told

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from certwright.domain.account import Caller
    from certwright.services.use_cases import UseCases

_ORDER = "/order/certificate/{id}"
_FIELDS = "/account/metadata"


class NoteRoutes:
    """The operations on notes and custom fields."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def operations(self) -> tuple[Operation, ...]:
        """List the operations."""
        set_value, change = bodies.CustomFieldValue, wire.ChangeField
        return (
            Operation(method="GET", path=f"{_ORDER}/note", handler=self.list_notes),
            Operation(method="POST", path=f"{_ORDER}/note", handler=self.add_note, body=wire.AddNote),
            Operation(method="POST", path=f"{_ORDER}/custom-field", handler=self.set_value, body=set_value),
            Operation(method="GET", path=_FIELDS, handler=self.list_fields),
            Operation(method="POST", path=_FIELDS, handler=self.add_field, body=change),
            Operation(method="PUT", path=f"{_FIELDS}/{{id}}", handler=self.change_field, body=change),
        )

    async def list_notes(self, caller: Caller, request: Request) -> Response:
        """List an order's notes."""
        order_id = OrderId(path_id(request, "order"))
        notes = await self._use.annotations.list_notes(caller, order_id)
        keys = {key.id: key for key in await self._use.accounts.list_keys(caller.account_id)}
        return send_json(wire.Notes([told.tell_note(note, keys) for note in notes]))

    async def add_note(self, caller: Caller, request: Request) -> Response:
        """Write a note down."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, wire.AddNote)
        await self._use.ordering.show(caller, order_id)
        if not (body.text or "").strip():
            raise required("text")
        note = await self._use.annotations.add_note(caller, order_id, body.text or "")
        return send_json(told.tell_note(note, {caller.key.id: caller.key}), status=201)

    async def set_value(self, caller: Caller, request: Request) -> Response:
        """Store what an order holds in a custom field."""
        order_id = OrderId(path_id(request, "order"))
        body = await read_shape(request, bodies.CustomFieldValue)
        await self._use.ordering.show(caller, order_id)
        await self._use.annotations.set_value(caller, order_id, told.given_value(body))
        return send_nothing()

    async def list_fields(self, caller: Caller, _request: Request) -> Response:
        """List the account's custom fields."""
        fields = await self._use.annotations.list_fields(caller)
        return send_json(wire.CustomFields([told.custom_field(field) for field in fields]))

    async def add_field(self, caller: Caller, request: Request) -> Response:
        """Make a custom field."""
        body = await read_shape(request, wire.ChangeField)
        if not (body.label or "").strip():
            raise required("label")
        field = await self._use.annotations.add_field(caller, told.field_change(body))
        return send_json(wire.Made(field.id), status=201)

    async def change_field(self, caller: Caller, request: Request) -> Response:
        """Change a custom field."""
        field_id = CustomFieldId(path_id(request, "metadata"))
        body = await read_shape(request, wire.ChangeField)
        await self._use.annotations.change_field(caller, field_id, told.field_change(body))
        return send_nothing()
