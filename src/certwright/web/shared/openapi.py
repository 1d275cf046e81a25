"""The description of an API as an OpenAPI 3.1 document, made from the schemas that decode and encode its bodies.

A dialect describes its operations as ``Operation`` values, beside the routes that serve them. Types are msgspec's: what a
field's mark says (lengths, examples, whether it is required) stands in the document because it stands in the type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

JSON = "application/json"

_REF_TEMPLATE = "#/components/schemas/{name}"
REQUIRED = "x-required"
"""The key of a field's JSON schema that says that the field may not be left out; no part of the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter in the path, the query or a header; ``schema`` is JSON schema."""

    name: str
    description: str
    where: str = "query"
    required: bool = False
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    example: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a client has to know of an operation.

    ``body`` and ``answer`` are types that msgspec can describe, or JSON schemas where there is none; an answer of
    ``None`` is one without a body. ``further_bodies`` and ``further_answers`` are schemas of other media types. ``errors`` lists the statuses of refusals with what they mean. A ``public`` operation
    asks for no credentials.
    """

    method: str
    path: str
    name: str
    tag: str
    summary: str
    parameters: tuple[Parameter, ...] = ()
    body: Any = None
    body_media_type: str = JSON
    further_bodies: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    body_required: bool = True
    body_example: object = None
    answer: Any = None
    answer_media_types: tuple[str, ...] = (JSON,)
    answer_example: object = None
    further_answers: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    status: int = 200
    errors: Mapping[int, str] = field(default_factory=dict)
    public: bool = False
    deprecated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class API:
    """What the operations of an API have in common; ``failure`` is the type of every refusal."""

    title: str
    version: str
    description: str
    failure: Any
    security: Mapping[str, Mapping[str, object]]
    failure_media_type: str = JSON


def build_document(api: API, operations: Sequence[Operation]) -> dict[str, Any]:
    """Build the document."""
    types = [api.failure]
    for operation in operations:
        types += [each for each in (operation.body, operation.answer) if _is_type(each)]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF_TEMPLATE)
    by_type = {repr(each): schema for each, schema in zip(types, schemas, strict=True)}
    for component in components.values():
        _require_marked_fields(component)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        described = _describe(api, operation, by_type)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": api.title, "version": api.version, "description": api.description},
        "security": [{name: []} for name in api.security],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": dict(api.security)},
    }


def _is_type(each: Any) -> bool:
    return each is not None and not isinstance(each, dict)


def _describe(api: API, operation: Operation, by_type: Mapping[str, Any]) -> dict[str, Any]:
    def schema_of(each: Any) -> Any:
        return by_type[repr(each)] if _is_type(each) else each

    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "responses": _responses(api, operation, schema_of),
    }
    if operation.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        media = _media(schema_of(operation.body), operation.body_example)
        described["requestBody"] = {
            "required": operation.body_required,
            "content": {
                operation.body_media_type: media,
                **{name: _media(schema, None) for name, schema in operation.further_bodies.items()},
            },
        }
    if operation.public:
        described["security"] = []
    if operation.deprecated:
        described["deprecated"] = True
    return described


def _responses(api: API, operation: Operation, schema_of: Callable[[Any], Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    if operation.answer is not None:
        media = _media(schema_of(operation.answer), operation.answer_example)
        further = {name: _media(schema, None) for name, schema in operation.further_answers.items()}
        good["content"] = {**dict.fromkeys(operation.answer_media_types, media), **further}
    failure = {api.failure_media_type: {"schema": schema_of(api.failure)}}
    bad = {
        str(status): {"description": meaning, "content": failure}
        for status, meaning in operation.errors.items()
    }
    return {str(operation.status): good, **bad}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.description,
        "required": parameter.required,
        "schema": dict(parameter.schema),
    }
    if parameter.example is not None:
        described["example"] = parameter.example
    return described


def _media(schema: Any, example: object) -> dict[str, Any]:
    return (
        {"schema": schema} if example is None else {"schema": schema, "example": msgspec.to_builtins(example)}
    )


def _require_marked_fields(component: dict[str, Any]) -> None:
    """Turn the marks of fields that may not be left out into the object's list of them."""
    marked = []
    for name, schema in component.get("properties", {}).items():
        if _take_mark(schema):
            marked.append(name)
            schema.pop("default", None)
    if marked:
        component["required"] = list(dict.fromkeys([*component.get("required", []), *marked]))


def _take_mark(schema: dict[str, Any]) -> bool:
    """Take the mark off a schema, or off the one member of a choice that has it; null is then no choice any more."""
    if schema.pop(REQUIRED, False):
        choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
        if choices:
            schema["anyOf"] = choices
        return True
    marked = [choice for choice in schema.get("anyOf", []) if choice.pop(REQUIRED, False)]
    if marked:
        schema["anyOf"] = [choice for choice in schema["anyOf"] if choice != {"type": "null"}]
    return bool(marked)
