"""What every operation has in common, and the short answers.

A field that is ``UNSET`` is left out: clients take a missing key for "none", and stumble over null, ``""`` and ``[]``.
"""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType


class ErrorEntry(Struct):
    """One error."""

    code: str
    message: str


class Errors(Struct):
    """The answer to every request that fails."""

    errors: list[ErrorEntry]


class Page(Struct):
    """Which part of a list was sent; ``total`` counts all that match."""

    total: int
    limit: int
    offset: int


class StatusChange(Struct):
    """An order that changed its status."""

    order_id: int
    certificate_id: int
    status: str


class StatusChanges(Struct):
    """The status change list; without rows it is ``{}``."""

    orders: list[StatusChange] | UnsetType = UNSET


class RandomValue(Struct, kw_only=True):
    """The value to publish; ``verification_value`` is what a CNAME made of it has to point to."""

    dcv_random_value: str
    expiration_date: str | UnsetType = UNSET
    verification_value: str | UnsetType = UNSET


class NameStatus(Struct):
    """Where the proof of a name stands."""

    dns_name: str
    status: str


class DCVCheck(Struct, kw_only=True):
    """What a look at the proofs of an order found."""

    order_status: str
    certificate_id: int
    dcv_status: str
    dns_name_validations: list[NameStatus]


class ChainEntry(Struct):
    """A certificate of a chain."""

    subject_common_name: str
    pem: str


class Chain(Struct):
    """A certificate and those above it; in spite of the key, the leaf stands first."""

    intermediates: list[ChainEntry]
