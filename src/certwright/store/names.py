"""Ordered names as one JSON text, for the rows of orders and certificates that are read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from certwright.domain.dcv import DCVMethod
from certwright.domain.identifier import Identifier
from certwright.domain.order import OrderedName

if TYPE_CHECKING:
    from collections.abc import Sequence

_DECODER = msgspec.json.Decoder(list[tuple[str, str, str | None]])


def encode_names(names: Sequence[OrderedName]) -> str:
    """Turn names into ``[[name, method, approver], …]``."""
    rows = [(name.identifier.name, name.method.value, name.approver_email) for name in names]
    return msgspec.json.encode(rows).decode()


def decode_names(text: str) -> tuple[OrderedName, ...]:
    """Turn the stored text back into names."""
    return tuple(
        OrderedName(identifier=Identifier(name), method=DCVMethod(method), approver_email=email)
        for name, method, email in _DECODER.decode(text)
    )
