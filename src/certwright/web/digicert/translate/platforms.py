"""Server platforms: the software that a certificate is meant for, by the vendor's numbers, and the file that suits it.

The numbers and names are those that clients' recordings show, and not all that the vendor has: any other number is kept,
and told as it came. Which format suits which platform is ours, but for 29, for which a client expects one bundle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certwright.domain.ids import HIGHEST_ID
from certwright.web.digicert.errors import invalid
from certwright.web.digicert.schemas.bodies import Reference
from certwright.web.digicert.schemas.parties import ServerPlatform

if TYPE_CHECKING:
    from certwright.web.digicert.schemas.bodies import Number

_OTHER = -1
_DIGITS = re.compile(r"[0-9]{1,10}\Z")


@dataclass(frozen=True, slots=True)
class _Platform:
    """A platform; of some only the number is known."""

    name: str
    format_name: str = "default"


_KNOWN: dict[int, _Platform] = {
    _OTHER: _Platform("OTHER"),
    2: _Platform("Apache", "apache"),
    14: _Platform("Microsoft IIS 5 or 6", "cer"),
    29: _Platform("", "pem_all"),
    40: _Platform("Microsoft IIS 7", "cer"),
    45: _Platform("nginx", "apache"),
    67: _Platform("Microsoft IIS 8", "cer"),
    68: _Platform("Microsoft Exchange Server 2013", "cer"),
}
_NUMBERS = {platform.name.lower(): number for number, platform in _KNOWN.items() if platform.name}


def parse_platform(sent: Reference | Number) -> int | None:
    """Read a platform, sent as an object, a number or a text; ``None`` is no particular one.

    Raises:
        InvalidInput: it is no number.
    """
    text = str((sent.id if isinstance(sent, Reference) else sent) or "").strip()
    if text in {"", "0", str(_OTHER)}:
        return None
    if not _DIGITS.match(text) or int(text) > HIGHEST_ID:
        raise invalid("certificate.server_platform")
    return int(text)


def tell_platform(number: int | None) -> ServerPlatform:
    """Tell a platform."""
    number = _OTHER if number is None else number
    known = _KNOWN.get(number)
    return ServerPlatform(id=number, name=(known and known.name) or f"Platform {number}")


def known_platforms() -> list[ServerPlatform]:
    """List the platforms that have a name."""
    return [tell_platform(number) for number, platform in _KNOWN.items() if platform.name]


def format_for(asked: str, own: int | None) -> str:
    """Return the format that suits the platform asked for by its number or name, or the certificate's own."""
    number = _OTHER if own is None else own
    if asked:
        number = int(asked) if _DIGITS.match(asked) else _NUMBERS.get(asked.lower(), _OTHER)
    return _KNOWN.get(number, _KNOWN[_OTHER]).format_name
