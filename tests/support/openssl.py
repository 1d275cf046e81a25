"""The openssl command as a second opinion."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def openssl(folder: Path, *arguments: str) -> str:
    """Run openssl in a folder and return all that it printed."""
    command = ["openssl", *arguments]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
    return result.stdout + result.stderr
