"""The growth of answers with the book, drawn from the results of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import searching
from bench.plot import plot

if TYPE_CHECKING:
    from bench.plot import Point
    from bench.report import Results, Row

_EQUALITY, _SUBSTRING = "any page of a status or of all", "substrings of 2 to 20 letters"


def drawings(results: Results) -> dict[str, str]:
    """Draw what was measured at several sizes; each drawing under the name of its file, without its ending."""
    drawn = {}
    for engine in dict.fromkeys(row["engine"] for row in results["searches"]):
        rows = [row for row in results["searches"] if row["engine"] == engine]
        lines = {
            f"index: {_EQUALITY}": _line(rows, searching.EQUALITY, "process_p95_ms"),
            f"index: {_SUBSTRING}": _line(rows, searching.SUBSTRING, "process_p95_ms"),
            f"over HTTP: {_EQUALITY}": _line(rows, searching.EQUALITY, "http_p95_ms"),
            f"over HTTP: {_SUBSTRING}": _line(rows, searching.SUBSTRING, "http_p95_ms"),
            f"plain SQL: {_EQUALITY}": _line(rows, searching.EQUALITY, "plain_p95_ms"),
            f"plain SQL: {_SUBSTRING}": _line(rows, searching.SUBSTRING, "plain_p95_ms"),
        }
        title = f"A search page with its exact total on {engine}, p95"
        drawn[f"search-{engine.lower()}"] = plot(title, "ms", lines)
    changes = {
        f"{engine}, {rows:,} rows": [
            (row["size"], row["process_p95_ms"])
            for row in results["changes"]
            if (row["engine"], row["rows"]) == (engine, rows)
        ]
        for engine, rows in dict.fromkeys((row["engine"], row["rows"]) for row in results["changes"])
    }
    if changes:
        drawn["status-changes"] = plot("DigiCert's status change list in process, p95", "ms", changes)
    return drawn


def _line(rows: list[Row], label: str, value: str) -> list[Point]:
    return [(row["size"], row[value]) for row in rows if row["question"] == label]
