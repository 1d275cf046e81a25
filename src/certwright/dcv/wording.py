"""How strangers' bytes are shown to people: in quotes, printable ASCII only, cut short.

What a DNS record or a header holds is chosen by whoever runs that host; it must not bring control characters or pages
of text into a reason that is stored, logged and printed.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST = 120
_MOST = 4


def quoted(text: str | bytes) -> str:
    """Quote a text safely: other than printable ASCII is escaped, and the rest of a long one left out."""
    raw = text.encode(errors="backslashreplace") if isinstance(text, str) else text
    shown = "".join(chr(byte) if 0x20 <= byte <= 0x7E else f"\\x{byte:02x}" for byte in raw[:_LONGEST])  # noqa: PLR2004
    return f'"{shown}{"…" if len(raw) > _LONGEST else ""}"'


def listed(items: Sequence[str], *, separator: str = ", ") -> str:
    """Join the first few items and say how many more there are."""
    more = len(items) - _MOST
    return separator.join([*islice(items, _MOST), *([f"and {more} more"] if more > 0 else [])])
