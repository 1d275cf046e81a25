"""The growth of answers with the book, drawn from the results of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import searching
from bench.plot import plot

if TYPE_CHECKING:
    from bench.plot import Point
    from bench.report import Results, Row

_ASKED = {searching.EQUALITY: "any page of a status or of all", searching.SUBSTRING: "parts of names"}
_WAYS = {"process": "index", "http": "over HTTP", "plain": "plain SQL"}


def drawings(results: Results) -> dict[str, str]:
    """Draw what was measured, except at one size only; each drawing under the name of its file, without its ending."""
    plots = {}
    for engine in dict.fromkeys(row["engine"] for row in results["searches"]):
        rows = [row for row in results["searches"] if row["engine"] == engine]
        lines = {
            f"{way}: {asked}": _points(rows, f"{value}_p50_ms", question=question)
            for value, way in _WAYS.items()
            for question, asked in _ASKED.items()
        }
        plots[f"search-{engine.lower()}"] = (
            f"A search page with its exact total on {engine}, median of random ones",
            lines,
        )
    plots["status-changes"] = (
        "The list of status changes, 95 of 100 are faster",
        {
            f"{engine}, {about:,} rows, {way}": _points(
                results["changes"], f"{value}_p95_ms", engine=engine, about=about
            )
            for engine, about in dict.fromkeys((row["engine"], row["about"]) for row in results["changes"])
            for value, way in (("process", "in process"), ("http", "over HTTP"))
        },
    )
    return {
        file: plot(title, "ms", lines)
        for file, (title, lines) in plots.items()
        if any(len(line) > 1 for line in lines.values())
    }


def _points(rows: list[Row], value: str, **asked: object) -> list[Point]:
    return [
        (row["size"], row[value])
        for row in rows
        if row[value] and all(row[name] == asked[name] for name in asked)
    ]
