"""Refusals, as RFC 9457 has them."""

from __future__ import annotations

from msgspec import Struct


class FieldProblem(Struct, frozen=True, kw_only=True):
    """One field, parameter or path inside the body that is wrong, and why."""

    field: str
    message: str


class Problem(Struct, frozen=True, kw_only=True):
    """What is wrong with a request; ``code`` is for programs and never changes its meaning."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []
