"""What every body of a request is judged by: fields that must be there, and the length of every text and list."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, inspect

from certwright.domain.errors import Fault
from certwright.web.webnic.translate.faults import MISSING, invalid_fields

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Mark(NamedTuple):
    """What the marks of a type say for one kind of value, and of what its lists consist."""

    kind: type
    most: int | None = None
    required: bool = False
    items: tuple[_Mark, ...] = ()


def check_body(body: Struct) -> None:
    """Refuse a body that lacks required fields or holds texts or lists that are too long.

    Raises:
        InvalidFields: with one fault for each field, by its path on the wire.
    """
    faults = tuple(_struct_faults(body, ""))
    if faults:
        raise invalid_fields(faults)


def _struct_faults(body: Struct, prefix: str) -> Iterator[Fault]:
    for field, name, marks in _fields(type(body)):
        yield from _faults(marks, getattr(body, field), prefix + name)


def _faults(marks: tuple[_Mark, ...], value: object, path: str) -> Iterator[Fault]:
    mark = next((mark for mark in marks if isinstance(value, mark.kind)), None)
    required = any(mark.required for mark in marks)
    if required and (value is None or value == [] or (isinstance(value, str) and not value.strip())):
        yield Fault(field=path, message=MISSING)
    elif isinstance(value, Struct):
        yield from _struct_faults(value, f"{path}.")
    elif isinstance(value, str | list) and mark is not None:
        if mark.most is not None and len(value) > mark.most:
            yield Fault(field=path, message=f"invalid length - min: {int(required)} | max: {mark.most}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                yield from _faults(mark.items, item, f"{path}[{index}]")


@cache
def _fields(shape: type[Struct]) -> tuple[tuple[str, str, tuple[_Mark, ...]], ...]:
    """List a schema's fields: the name here, the name on the wire, the marks."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)  # noqa: S101 - it was asked about a Struct
    return tuple((field.name, field.encode_name, _marks(field.type)) for field in described.fields)


def _marks(kind: inspect.Type) -> tuple[_Mark, ...]:
    """List what the marks say of each kind of value that a type takes."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            own = extra or {}
            return tuple(
                mark._replace(most=own.get("most", mark.most), required=own.get("required", mark.required))
                for mark in _marks(inner)
            )
        case inspect.UnionType(types=members):
            return tuple(mark for member in members for mark in _marks(member))
        case inspect.ListType(item_type=item):
            return (_Mark(list, items=_marks(item)),)
        case inspect.StrType():
            return (_Mark(str),)
        case _:
            return (_Mark(type(None)),)
