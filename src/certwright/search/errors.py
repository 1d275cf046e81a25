"""The fault of a snapshot: it stays inside the room, for an index without its snapshot is built from the book."""

from __future__ import annotations

from certwright.domain.errors import Unavailable


class UnusableSnapshot(Unavailable):
    """The file is damaged, of another version, or no snapshot at all."""

    code = "unusable_snapshot"
