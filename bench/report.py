"""Results as rows of plain values, and as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench import changes, searching
    from bench.placing import Placed
    from bench.timing import Sample

Row = dict[str, Any]


class Results(TypedDict):
    """All that was measured in a run."""

    machine: dict[str, str]
    orders: list[Row]
    searches: list[Row]
    changes: list[Row]


def orders_row(engine: str, size: int, placed: Placed, *, proved: bool, signed: float) -> Row:
    """Note how placing and issuing went on a book that held ``size`` orders before."""
    taken = placed.throughput
    return {
        "engine": engine,
        "size": size,
        "proved": proved,
        "placed_per_second": round(taken.per_second, 1),
        **_latency("place", taken.sample),
        "hello_per_second": round(placed.hello.per_second, 1),
        "of_hello": round(taken.per_second / placed.hello.per_second, 4),
        "issued_per_second": round(placed.issued_per_second, 1),
        "signed_per_second": round(signed, 1),
    }


def search_row(engine: str, size: int, found: searching.Answered, hello: Sample) -> Row:
    """Note how a kind of search went."""
    question = {"question": found.question.label, "total": found.total}
    return {"engine": engine, "size": size, **question, **_compared(found.over_http, found.in_process, hello)}


def change_row(engine: str, size: int, changed: changes.Answered, hello: Sample) -> Row:
    """Note how a window of status changes went."""
    compared = _compared(changed.over_http, changed.in_process, hello)
    return {"engine": engine, "size": size, "rows": changed.rows, **compared}


def markdown(results: Results) -> str:
    """Write all tables."""
    return "\n".join(
        [
            "### The machine\n",
            _table(["", ""], ([f"**{name}**", text] for name, text in results["machine"].items())),
            "### Orders a second\n",
            _table(
                [
                    "database",
                    "orders before",
                    "names",
                    "placed/s",
                    "p50 ms",
                    "p95 ms",
                    "n",
                    "hello/s",
                    "of hello",
                    "issued/s",
                    "signing alone/s",
                ],
                (
                    [
                        r["engine"],
                        f"{r['size']:,}",
                        "proved" if r["proved"] else "not proved",
                        f"{r['placed_per_second']:.0f}",
                        _ms(r["place_p50_ms"]),
                        _ms(r["place_p95_ms"]),
                        r["place_n"],
                        f"{r['hello_per_second']:.0f}",
                        f"{r['of_hello']:.3f}",
                        _count(r["issued_per_second"]),
                        _count(r["signed_per_second"]),
                    ]
                    for r in results["orders"]
                ),
            ),
            "### Search pages (20 orders, exact total)\n",
            _table(
                ["database", "orders", "search", "total", *_COMPARED],
                (
                    [r["engine"], f"{r['size']:,}", r["question"], f"{r['total']:,}", *_cells(r)]
                    for r in results["searches"]
                ),
            ),
            "### Status changes\n",
            _table(
                ["database", "orders", "rows", *_COMPARED],
                ([r["engine"], f"{r['size']:,}", r["rows"], *_cells(r)] for r in results["changes"]),
            ),
        ]
    )


_COMPARED = ("HTTP p50 ms", "p95 ms", "n", "of hello", "in process p50 ms", "p95 ms", "n")


def _compared(over_http: Sample, in_process: Sample, hello: Sample) -> Row:
    return {
        **_latency("http", over_http),
        "times_hello": round(over_http.p50_ms / hello.p50_ms, 2),
        **_latency("process", in_process),
        **_latency("hello", hello),
    }


def _latency(name: str, sample: Sample) -> Row:
    p50, p95 = round(sample.p50_ms, 3), round(sample.p95_ms, 3)
    return {f"{name}_p50_ms": p50, f"{name}_p95_ms": p95, f"{name}_n": sample.count}


def _cells(row: Row) -> list[Any]:
    http = [_ms(row["http_p50_ms"]), _ms(row["http_p95_ms"]), row["http_n"], f"{row['times_hello']:.1f} x"]
    return [*http, _ms(row["process_p50_ms"]), _ms(row["process_p95_ms"]), row["process_n"]]


def _ms(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def _count(value: float) -> str:
    return f"{value:.0f}" if value else "-"


def _table(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
