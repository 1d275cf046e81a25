"""Numbers and truths in the many forms in which clients send them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from certwright.domain.errors import NotFound
from certwright.domain.ids import HIGHEST_ID

if TYPE_CHECKING:
    from certwright.web.digicert.schemas.bodies import Flag, Number

_DIGITS = re.compile(r"[0-9]{1,10}\Z")


def is_set(flag: Flag) -> bool:
    """Whether a yes-or-no says yes, in any of the ways in which clients send it."""
    return str(flag).lower() in {"1", "true"}


def parse_id(value: Number, kind: str) -> int | None:
    """Return an id sent as number or as text; 0, an empty text and null are none.

    Raises:
        NotFound: nothing can have such an id.
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    number = int(text) if _DIGITS.match(text) else HIGHEST_ID + 1
    if number > HIGHEST_ID:
        raise NotFound(kind)
    return number or None
