"""What does the order index cost, and how fast does it answer, at any size of the book?

``python -m bench.indexing --sizes 10000,1000000,10000000`` prints Markdown. For every size one process builds the index
and writes its snapshot; another reads it, so that its memory is that of a server that was started, and asks random
questions while a hundred orders a second are added or changed.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import random
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.indexed_book import ACCOUNT, IndexedBook, Questions, changed
from bench.timing import Sample
from certwright.domain.status import OrderStatus
from certwright.search.book_index import BookIndex
from certwright.search.records import reading, writing
from certwright.search.text_column import TextColumn
from certwright.services.ports import BookState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certwright.services.ports import IndexedOrder

_CHANGES_PER_SECOND = 100
_SAMPLE = 20_000
_STATUSES = list(OrderStatus)

Figures = dict[str, Any]


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m bench.indexing", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--queries", type=int, default=500, help="questions of each kind")
    parser.add_argument(
        "--keep", type=Path, help="a folder with snapshots of earlier runs, to spare building them"
    )
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        where = arguments.keep or Path(folder)
        figures = {size: measure(size, where, arguments.queries) for size in sizes}
    print(markdown(figures))


def measure(size: int, folder: Path, queries: int) -> Figures:
    """Measure one size in processes of its own."""
    path = folder / f"{size}.index"
    figures: Figures = {} if path.exists() else _apart(build, size, path)
    figures |= _apart(use, size, path, queries)
    names = path.with_suffix(".names")
    return figures | _apart(write_further_names, path, names) | _apart(read_further_names, names)


def build(size: int, path: Path) -> Figures:
    """Build an index and write its snapshot."""
    book = IndexedBook(size)
    sample: list[IndexedOrder] = []
    begun, cpu, memory = time.perf_counter(), time.process_time(), _resident_bytes()
    index = BookIndex.build(ACCOUNT, BookState(1, 1), _sampled(book, sample))
    figures = {
        "build s": time.perf_counter() - begun,
        "build CPU s": time.process_time() - cpu - book.drawing_seconds,
        "built B/order": (_resident_bytes() - memory) / size,
    }
    begun = time.perf_counter()
    index.save(path)
    figures |= {"save s": time.perf_counter() - begun, "snapshot B/order": path.stat().st_size / size}
    path.with_suffix(".sample").write_text(json.dumps(sample), encoding="utf-8")
    return figures


def _sampled(book: IndexedBook, sample: list[IndexedOrder]) -> Iterator[list[IndexedOrder]]:
    """Give the rows of a book and keep some of them."""
    rng = random.Random(3)
    for batch in book.batches():
        sample += rng.sample(batch, min(len(batch), 1 + _SAMPLE * len(batch) // book.size))
        yield batch


def use(size: int, path: Path, queries: int) -> Figures:
    """Read a snapshot, ask and write."""
    book = IndexedBook(size)
    sample = [_row(values) for values in json.loads(path.with_suffix(".sample").read_text(encoding="utf-8"))]
    gc.collect()
    gc.freeze()
    begun, memory = time.perf_counter(), _resident_bytes()
    index = BookIndex.load(path)
    figures: Figures = {
        "load s": time.perf_counter() - begun,
        "loaded B/order": (_resident_bytes() - memory) / size,
    }
    book.next = size
    writer = Writer(index, book, sample)
    figures |= writer.costs()
    questions = Questions(book, sample)
    for name, draw in questions.kinds.items():
        timed = Timed()
        for _ in range(queries):
            writer.keep_pace()
            query = draw()
            with timed:
                found = index.find(query)
            assert found is not None, query
        figures[name] = timed.quantiles()
    figures["load average"] = os.getloadavg()[0]
    figures["in the end B/order"] = (_resident_bytes() - memory) / len(index)
    return figures


def write_further_names(path: Path, names: Path) -> Figures:
    """Write what an index holds of the names besides the common names to a file of its own."""
    columns = BookIndex.load(path)._columns  # noqa: SLF001 - nothing else asks what a part takes
    with writing(names) as out:
        columns.other_names.save(out, "names")
    return {}


def read_further_names(names: Path) -> Figures:
    """Read them alone, to see what they take."""
    memory = _resident_bytes()
    with reading(names) as source:
        column = TextColumn.load(source, "names")
    return {"of it further names B/order": (_resident_bytes() - memory) / len(column.texts)}


class Writer:
    """Adds and changes orders, as fast as it is asked to or as time passes."""

    def __init__(self, index: BookIndex, book: IndexedBook, sample: list[IndexedOrder]) -> None:
        self._index = index
        self._book = book
        self._rng = random.Random(5)
        self._rows = sample
        self._waiting: list[IndexedOrder] = []
        self._begun = time.perf_counter()
        self._done = 0

    def keep_pace(self) -> None:
        """Do what has become due since the last call."""
        due = int((time.perf_counter() - self._begun) * _CHANGES_PER_SECOND)
        while self._done < due:
            self._apply(self._new() if self._rng.random() < 0.4 else self._change())

    def costs(self) -> Figures:
        """Measure what writing costs."""
        kinds = {
            "status change": self._change,
            "new order": self._new,
        }
        figures: Figures = {}
        for name, make in kinds.items():
            timed = Timed()
            for _ in range(2000):
                row = make()
                with timed:
                    self._apply(row)
            figures[name] = timed.quantiles()
        timed = Timed()
        for _ in range(200):
            rows = self._rows_now(4)
            for row in rows[1:]:
                self._apply(row)
            with timed:
                self._apply(rows[0])
        figures["order three places late"] = timed.quantiles()
        self._begun, self._done = time.perf_counter(), 0
        return figures

    def _apply(self, row: IndexedOrder) -> None:
        self._index.apply((row,), BookState(1, 1))
        self._done += 1

    def _rows_now(self, count: int) -> list[IndexedOrder]:
        if len(self._waiting) < count:
            self._waiting += self._book.rows(1000)
        rows, self._waiting = self._waiting[:count], self._waiting[count:]
        return rows

    def _new(self) -> IndexedOrder:
        (row,) = self._rows_now(1)
        self._rows[self._rng.randrange(len(self._rows))] = row
        return row

    def _change(self) -> IndexedOrder:
        place = self._rng.randrange(len(self._rows))
        row = self._rows[place]
        self._rows[place] = changed(row, self._rng.choice(_STATUSES), row.status_changed_at + 1_000_003)
        return self._rows[place]


def markdown(figures: dict[int, Figures]) -> str:
    """Write a table with a column for every size."""
    names = list(dict.fromkeys(name for column in figures.values() for name in column))
    lines = [["", *(f"{size:,}" for size in figures)], ["---"] * (len(figures) + 1)]
    lines += [[name, *(_cell(column.get(name)) for column in figures.values())] for name in names]
    head = "Milliseconds of CPU: p50 / p95 / p99 / worst, and p95 by the clock.\n\n"
    return head + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return " / ".join(f"{part:.3g}" for part in value) if isinstance(value, list) else f"{value:.3g}"


class Timed:
    """Takes the time of the blocks that it is around: of the processor, and by the clock."""

    def __init__(self) -> None:
        self._cpu = Sample()
        self._clock = Sample()
        self._begun = (0.0, 0.0)

    def __enter__(self) -> None:
        self._begun = (time.perf_counter(), time.thread_time())

    def __exit__(self, *_: object) -> None:
        self._cpu.seconds.append(time.thread_time() - self._begun[1])
        self._clock.seconds.append(time.perf_counter() - self._begun[0])

    def quantiles(self) -> list[float]:
        """Return quantiles of the processor's time, and one of the clock's, in milliseconds."""
        return [*(self._cpu.quantile_ms(share) for share in (0.5, 0.95, 0.99, 1)), self._clock.p95_ms]


def _row(values: list[Any]) -> IndexedOrder:
    from certwright.services.ports import IndexedOrder

    row = IndexedOrder(*values)
    return row._replace(other_names=tuple(row.other_names))


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _apart(work: Any, *arguments: Any) -> Figures:
    """Do work in a new process, whose memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


if __name__ == "__main__":
    main()
