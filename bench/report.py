"""Results as rows of plain values, and as Markdown tables."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench import changes, counting, indexes, profiling, searching
    from bench.bulk import Imported
    from bench.placing import Placed
    from bench.timing import Sample

Row = dict[str, Any]
Table = Literal["orders", "imports", "indexes", "rates", "profile", "searches", "changes", "counts"]


class Results(TypedDict):
    """All that was measured in a run."""

    machine: dict[str, str]
    orders: list[Row]
    imports: list[Row]
    indexes: list[Row]
    rates: list[Row]
    profile: list[Row]
    searches: list[Row]
    changes: list[Row]
    counts: list[Row]


def no_results() -> Results:
    """Return the results of a run that has not begun."""
    return Results(
        machine={},
        orders=[],
        imports=[],
        indexes=[],
        rates=[],
        profile=[],
        searches=[],
        changes=[],
        counts=[],
    )


def orders_row(engine: str, size: int, placed: Placed, *, proved: bool, signed: float) -> Row:
    """Note how placing and issuing went on a book that held ``size`` orders before."""
    taken = placed.throughput
    return {
        "engine": engine,
        "size": size,
        "names": "proved" if proved else "not proved",
        "placed_per_second": round(taken.per_second, 1),
        **_latency("place", taken.sample),
        "hello_per_second": round(placed.hello.per_second, 1),
        "of_hello": round(taken.per_second / placed.hello.per_second, 4),
        "cpu_ms": round(placed.cpu_ms, 3),
        "hello_cpu_ms": round(placed.hello_cpu_ms, 3),
        "issued_per_second": round(placed.issued_per_second, 1),
        "signed_per_second": round(signed, 1),
        "of_signing": round(placed.issued_per_second / signed, 4) if signed else 0.0,
    }


def beside_row(placed: Sequence[Placed], empty: Sequence[Placed]) -> Row:
    """Compare issuing in a book with issuing in empty ones, each with the one just before: the median of both ratios."""
    pairs = list(zip(placed, empty, strict=True))
    rates = [book.issued_per_second / other.issued_per_second for book, other in pairs]
    costs = [book.cpu_ms / other.cpu_ms for book, other in pairs]
    return {"issued_of_empty": round(median(rates), 3), "cpu_of_empty": round(median(costs), 3)}


def import_row(engine: str, way: str, imported: Imported) -> Row:
    """Note how orders were placed by the hundred."""
    return {
        "engine": engine,
        "size": imported.orders,
        "question": way,
        "imported_per_second": round(imported.per_second, 1),
        "import_cpu_us": round(imported.cpu_us, 1),
        "database_cpu_us": round(imported.database_cpu_us, 1),
        "per_core_second": round(imported.per_core_second, 1),
        "again_per_second": round(imported.again_per_second, 1),
    }


def search_row(engine: str, size: int, found: searching.Answered, hello: Sample) -> Row:
    """Note how a kind of search went."""
    question = {"question": found.label, "total": found.total}
    compared = _compared(found.over_http, found.in_process, hello)
    plain = found.in_plain_sql
    return {
        "engine": engine,
        "size": size,
        **question,
        **compared,
        "of_allowed": round(found.over_http.p95_ms / (2 * found.in_process.p95_ms + hello.p50_ms), 3),
        **_latency("plain", plain),
        "times_faster": round(plain.p50_ms / found.in_process.p50_ms, 1),
    }


def index_row(engine: str, size: int, made: indexes.Snapshot, started: indexes.Started) -> Row:
    """Note how an index was made and started from."""
    return {
        "engine": engine,
        "size": size,
        "build_cpu_seconds": round(made.cpu_seconds, 1),
        "snapshot_megabytes": round(made.bytes / 1e6, 1),
        "start_seconds": round(started.seconds, 1),
        "memory_megabytes": round(started.memory_bytes / 1e6, 1),
        "bytes_an_order": round(started.memory_bytes / size, 1),
    }


def rate_row(engine: str, size: int, rate: searching.Rate) -> Row:
    """Note how many search pages a second of the server's processor gives."""
    return {
        "engine": engine,
        "size": size,
        "question": rate.kind,
        "searches": round(rate.searches_per_cpu_second),
        "greetings": round(rate.greetings_per_cpu_second),
        "share": round(rate.searches_per_cpu_second / rate.greetings_per_cpu_second, 3),
    }


def profile_rows(engine: str, size: int, kind: str, found: profiling.Profile) -> list[Row]:
    """Note where the processor time of a request went."""
    about = {"engine": engine, "size": size, "question": kind}
    rows = [
        {**about, "part": part, "cpu_us": round(share * found.cpu_us, 1), "share": round(share, 3)}
        for part, share in found.shares.items()
    ]
    return [*rows, {**about, "part": "all", "cpu_us": round(found.cpu_us, 1), "share": 1.0}]


def change_row(engine: str, size: int, changed: changes.Answered, hello: Sample) -> Row:
    """Note how a window of status changes went."""
    compared = _compared(changed.over_http, changed.in_process, hello)
    return {"engine": engine, "size": size, "about": changed.about, "rows": changed.rows, **compared}


def count_row(engine: str, size: int, counted: counting.Answered, hello: Sample) -> Row:
    """Note how a question for figures or organizations went."""
    question = {"question": counted.question, "total": counted.total}
    return {
        "engine": engine,
        "size": size,
        **question,
        **_compared(counted.over_http, counted.in_process, hello),
    }


def markdown(results: Results) -> str:
    """Write all tables."""
    return "\n".join(
        [
            "### The machine\n",
            _table(
                {"": "name", " ": "value"},
                [{"name": f"**{n}**", "value": v} for n, v in results["machine"].items()],
            ),
            "### Orders a second\n",
            _table(_ORDERS, results["orders"]),
            "### Orders placed by the hundred\n",
            _table(_IMPORTS, results["imports"]),
            "### Indexes\n",
            _table(_INDEXES, results["indexes"]),
            "### Search pages (20 orders, exact total) while a hundred changes a second come in\n",
            _table(_SEARCHES, results["searches"]),
            "### Search pages a second of the server's processor\n",
            _table(_RATES, results["rates"]),
            "### Where the processor time of a search request goes\n",
            _table(_PROFILE, results["profile"]),
            "### Status changes\n",
            _table({**_BOOK, "rows": "rows", **_COMPARED}, results["changes"]),
            "### Statistics, and organizations (one for every hundred orders)\n",
            _table({**_BOOK, "question": "question", "over": "total", **_COMPARED}, results["counts"]),
        ]
    )


# Headings of the tables, and the values below them.
_BOOK = {"database": "engine", "orders": "size"}
_PROFILE = {**_BOOK, "search": "question", "part": "part", "CPU \u00b5s": "cpu_us", "share": "share"}
_IMPORTS = {
    **_BOOK,
    "by": "question",
    "placed/s": "imported_per_second",
    "CPU \u00b5s an order": "import_cpu_us",
    "PostgreSQL's": "database_cpu_us",
    "placed/s and core": "per_core_second",
    "passed over/s": "again_per_second",
}
_ORDERS = {
    **_BOOK,
    "names": "names",
    "placed/s": "placed_per_second",
    "p50 ms": "place_p50_ms",
    "p95 ms": "place_p95_ms",
    "n": "place_n",
    "server CPU ms an order": "cpu_ms",
    "hello/s": "hello_per_second",
    "of hello": "of_hello",
    "issued/s": "issued_per_second",
    "signing alone/s": "signed_per_second",
    "of signing": "of_signing",
    "of an empty book's": "issued_of_empty",
    "CPU of an empty book's": "cpu_of_empty",
}
_COMPARED = {
    "HTTP p50 ms": "http_p50_ms",
    "HTTP p95 ms": "http_p95_ms",
    "n": "http_n",
    "times hello": "times_hello",
    "in process p50 ms": "process_p50_ms",
    "in process p95 ms": "process_p95_ms",
    "n ": "process_n",
}
_SEARCHES = {
    **_BOOK,
    "search": "question",
    "total": "total",
    **_COMPARED,
    "HTTP p95 of allowed": "of_allowed",
    "plain SQL p50 ms": "plain_p50_ms",
    "n  ": "plain_n",
    "times faster": "times_faster",
}
_INDEXES = {
    **_BOOK,
    "CPU s to make": "build_cpu_seconds",
    "snapshot MB": "snapshot_megabytes",
    "server start to first answer s": "start_seconds",
    "memory MB": "memory_megabytes",
    "bytes an order": "bytes_an_order",
}
_RATES = {
    **_BOOK,
    "search": "question",
    "search pages": "searches",
    "hello": "greetings",
    "of hello": "share",
}


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


def _table(columns: dict[str, str], rows: Sequence[Row]) -> str:
    lines = [list(columns), ["---"] * len(columns)]
    lines += [[_cell(row.get(key, 0.0)) for key in columns.values()] for row in rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(value: object) -> str:
    """Write a value with three digits or so; nothing measured is a dash."""
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return f"{value:,}"
    assert isinstance(value, float)
    if not value:
        return "-"
    return f"{value:,.0f}" if value >= 10 else f"{value:.3g}"
