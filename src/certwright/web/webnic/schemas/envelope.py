"""The envelope of every answer but a download."""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import UNSET, UnsetType

from certwright.web.webnic.schemas.wire import Wire

T = TypeVar("T")

DONE = "Command completed successfully."


class Success(Wire, Generic[T], frozen=True, kw_only=True):
    """The envelope of a good answer."""

    code: str = "1000"
    message: str = DONE
    data: T


class Done(Wire, frozen=True, kw_only=True):
    """The answer of a command without a result."""

    code: str = "1000"
    message: str = DONE


class ErrorDetail(Wire, frozen=True, kw_only=True):
    """What went wrong: a code with the API's prefix and a sentence."""

    sub_code: str
    message: str


class FieldError(Wire, frozen=True, kw_only=True):
    """All that is wrong with one field of a body."""

    field: str
    messages: list[str]


class ValidationError(Wire, frozen=True, kw_only=True):
    """What is wrong with a parameter, or with fields that don't go together."""

    field: str
    message: str


class Failure(Wire, frozen=True, kw_only=True):
    """The envelope of every bad answer."""

    code: str = "2400"
    message: str = "System message"
    error: ErrorDetail
    field_errors: list[FieldError] | UnsetType = UNSET
    validation_errors: list[ValidationError] | UnsetType = UNSET
