"""What every body of a request is judged by: fields that must be there, and the length of every text and list."""

from __future__ import annotations

from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct, inspect

from certwright.domain.errors import Fault
from certwright.web.webnic.translate.faults import MISSING, invalid_fields

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Rule(NamedTuple):
    """What the marks of a type say: whether a value must be there, how long texts and lists may be, and of what lists consist."""

    required: bool = False
    longest: Mapping[type, int] = MappingProxyType({})
    items: _Rule | None = None


def check_body(body: Struct) -> None:
    """Refuse a body that lacks required fields or holds texts or lists that are too long.

    Raises:
        InvalidFields: with one fault for each field, by its path on the wire.
    """
    faults: list[Fault] = []
    _judge_fields(body, "", faults)
    if faults:
        raise invalid_fields(tuple(faults))


def _judge_fields(body: Struct, prefix: str, faults: list[Fault]) -> None:
    for field, name, rule in _rules(type(body)):
        _judge(rule, getattr(body, field), prefix + name, faults)


def _judge(rule: _Rule, value: object, path: str, faults: list[Fault]) -> None:
    if rule.required and _is_missing(value):
        faults.append(Fault(field=path, message=MISSING))
    elif isinstance(value, Struct):
        _judge_fields(value, f"{path}.", faults)
    elif isinstance(value, str | list):
        most = rule.longest.get(type(value))
        if most is not None and len(value) > most:
            message = f"invalid length - min: {int(rule.required)} | max: {most}"
            faults.append(Fault(field=path, message=message))
        elif isinstance(value, list) and rule.items is not None:
            for index, item in enumerate(value):
                _judge(rule.items, item, f"{path}[{index}]", faults)


def _is_missing(value: object) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


@cache
def _rules(shape: type[Struct]) -> tuple[tuple[str, str, _Rule], ...]:
    """List a schema's fields that a rule is about: the name here, the name on the wire, the rule."""
    described = inspect.type_info(shape)
    assert isinstance(described, inspect.StructType)  # noqa: S101 - it was asked about a Struct
    return tuple(
        (field.name, field.encode_name, _rule(field.type))
        for field in described.fields
        if _is_ruled(field.type)
    )


def _is_ruled(kind: inspect.Type) -> bool:
    """Whether a type or one in it has marks."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            return bool(extra) or _is_ruled(inner)
        case inspect.UnionType(types=members):
            return any(map(_is_ruled, members))
        case inspect.ListType(item_type=item):
            return _is_ruled(item)
        case inspect.StructType(cls=shape):
            return bool(_rules(shape))
        case _:
            return False


def _rule(kind: inspect.Type, most: int | None = None, *, required: bool = False) -> _Rule:
    """Read the marks of a type; those of a whole stand for its members, too, unless they have their own."""
    match kind:
        case inspect.Metadata(type=inner, extra=extra):
            own = extra or {}
            return _rule(inner, own.get("most", most), required=own.get("required", required))
        case inspect.UnionType(types=members):
            rules = [_rule(member, most, required=required) for member in members]
            return _Rule(
                required=any(rule.required for rule in rules),
                longest={kind: most for rule in rules for kind, most in rule.longest.items()},
                items=next((rule.items for rule in rules if rule.items is not None), None),
            )
        case inspect.ListType(item_type=item):
            return _Rule(required, {} if most is None else {list: most}, _rule(item))
        case inspect.StrType():
            return _Rule(required, {} if most is None else {str: most})
        case _:
            return _Rule(required)
