"""What all bodies are made of: JSON objects in camelCase, and marks on their fields.

A mark stands in the field's type and serves twice: ``translate.bodies`` refuses what goes against it, and the API's
description shows it.
"""

from __future__ import annotations

from msgspec import Meta, Struct

from certwright.web.shared.openapi import REQUIRED

MOST_NAMES = 250
"""More names than any product takes in a certificate."""


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """A JSON object with camelCase keys."""


class Sparse(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """An answer that leaves out the keys that mean nothing in its case."""


def limited(most: int, example: str = "") -> Meta:
    """Mark a text of at most so many characters, or a list of so many items."""
    schema: dict[str, object] = {"maxLength": most}
    if example:
        schema["examples"] = [example]
    return Meta(extra={"most": most}, extra_json_schema=schema)


def limited_list(most: int) -> Meta:
    """Mark a list of at most so many items."""
    return Meta(extra={"most": most}, extra_json_schema={"maxItems": most})


def required(most: int, example: str = "") -> Meta:
    """Mark a text that must be there, with at most so many characters."""
    schema: dict[str, object] = {"minLength": 1, "maxLength": most, REQUIRED: True}
    if example:
        schema["examples"] = [example]
    return Meta(extra={"most": most, "required": True}, extra_json_schema=schema)


def required_value() -> Meta:
    """Mark a value of another type that must be there."""
    return Meta(extra={"required": True}, extra_json_schema={REQUIRED: True})


def judged(most: int, *, least: int = 0) -> Meta:
    """Mark a text whose length the use case judges, together with all else that is wrong with the body."""
    schema: dict[str, object] = {"minLength": least, "maxLength": most}
    return Meta(extra_json_schema=schema | ({REQUIRED: True} if least else {}))
