"""One server process to a SQLite file, kept by a lock beside the file for as long as the process lives.

SQLite's own locks would keep out the commands that write while a server runs, too. The kernel gives this one back
however the process ends; the file itself stays.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from certwright.domain.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def sole_server(database: Path) -> Iterator[None]:
    """Be the only server of a SQLite file for the length of the block.

    Raises:
        Unavailable: another server has it, or the lock can't be made; the message says which.
    """
    path = database.resolve()
    try:
        descriptor = os.open(path.with_name(f"{path.name}.server"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as cause:
        raise Unavailable(f"The lock beside {path} can't be made: {cause.strerror}") from cause
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            raise Unavailable(
                f"Another server runs on {path}: SQLite takes one server process, PostgreSQL takes several"
            ) from cause
        yield
    finally:
        os.close(descriptor)
