"""Text that strangers send: which of it can be kept."""

from __future__ import annotations


def is_storable(text: str) -> bool:
    """Whether every database can hold a text: PostgreSQL knows no U+0000, and half a surrogate pair is no character."""
    return "\0" not in text and (text.isascii() or _is_unicode(text))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
