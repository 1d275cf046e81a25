"""What was measured, kept as soon as it is there: rows of tables, in a folder that several runs may share."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

from bench import growth, report

if TYPE_CHECKING:
    from pathlib import Path

    from bench.report import Results, Row, Table

_BEGUN = time.monotonic()
_IDENTITY = ("engine", "size", "names", "question", "about", "part")
"""A row takes the place of the one with the same values of these."""


class Record:
    """Collects rows, tells each on the error output, and writes all into ``folder`` if there is one."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self.results: Results = report.no_results()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / "results.json"
            if file.exists():
                self.results |= json.loads(file.read_text(encoding="utf-8"))

    def describe(self, machine: dict[str, str]) -> None:
        """Note what the figures are measured on."""
        self.results["machine"] = machine

    def add(self, table: Table, row: Row) -> None:
        """Take in a row of a table."""
        self.say(f"  {table}: " + ", ".join(f"{name} {value}" for name, value in row.items()))
        others = [each for each in self.results[table] if _identity(each) != _identity(row)]
        self.results[table] = sorted(
            [*others, row], key=lambda each: (each["engine"] != "SQLite", each["size"])
        )
        if self._folder is not None:
            self._write(self._folder)

    def say(self, what: str) -> None:
        """Tell what goes on."""
        print(f"[{time.monotonic() - _BEGUN:5.0f} s] {what}", file=sys.stderr, flush=True)

    def _write(self, folder: Path) -> None:
        (folder / "results.json").write_text(json.dumps(self.results, indent=2) + "\n", encoding="utf-8")
        (folder / "results.md").write_text(report.markdown(self.results), encoding="utf-8")
        for name, drawing in growth.drawings(self.results).items():
            (folder / f"{name}.svg").write_text(drawing, encoding="utf-8")


def _identity(row: Row) -> tuple[object, ...]:
    return tuple(row.get(name) for name in _IDENTITY)
