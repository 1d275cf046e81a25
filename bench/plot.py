"""Growth plots as SVG: lines over the size of the book, both axes logarithmic, each line with its name at its end.

They stand on a white card of their own, so they can be read on light pages and on dark ones.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Point = tuple[float, float]

_WIDTH, _HEIGHT = 860, 460
_LEFT, _RIGHT, _TOP, _BOTTOM = 72, 310, 64, 56
_LABEL_GAP, _LABEL_SPACE = 26, 18
_INK, _FAINT, _GRID = "#24292f", "#57606a", "#d8dee4"
_COLORS = ("#0969da", "#0a3069", "#1a7f37", "#0b4f22", "#cf222e", "#82071e", "#8250df", "#9a6700")
_NAMES = {3: "1 k", 4: "10 k", 5: "100 k", 6: "1 M", 7: "10 M", 8: "100 M"}


class _Axis:
    """A logarithmic axis over whole powers of ten."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """Return where a value stands."""
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self._start + share * (self._end - self._start)

    def powers(self) -> range:
        """Return the exponents that get a line."""
        return range(self.low, self.high + 1)


def plot(title: str, unit: str, series: Mapping[str, Sequence[Point]]) -> str:
    """Draw series of (orders in the book, value) by their names; there has to be one, and values have to be positive."""
    points = [point for line in series.values() for point in line]
    across = _Axis([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'font-family="system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif" font-size="13">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#ffffff"/>',
        _text(20, 30, title, size=16),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, "orders in the book", _FAINT, anchor="middle"),
        _text(_LEFT - 8, _TOP - 14, unit, _FAINT, anchor="end"),
        *_grid(across, up),
    ]
    drawn = {name: [(across.at(x), up.at(y)) for x, y in line] for name, line in series.items() if line}
    colors = {name: _COLORS[index % len(_COLORS)] for index, name in enumerate(series)}
    for name, line in drawn.items():
        parts += _line(line, colors[name])
    labels = _spread({name: line[-1][1] for name, line in drawn.items()})
    for name, y in labels.items():
        parts += _label(name, drawn[name][-1], y, colors[name])
    return "\n".join([*parts, "</svg>", ""])


def _grid(across: _Axis, up: _Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for exponent in across.powers():
        x = across.at(10.0**exponent)
        parts.append(_rule(x, _TOP, x, bottom))
        name = _NAMES.get(exponent, f"{10**exponent:,}")
        parts.append(_text(x, bottom + 20, name, _FAINT, anchor="middle"))
    for exponent in up.powers():
        y = up.at(10.0**exponent)
        parts.append(_rule(_LEFT, y, right, y))
        parts.append(_text(_LEFT - 8, y + 4, f"{10.0**exponent:,g}", _FAINT, anchor="end"))
    return parts


def _line(points: Sequence[Point], color: str) -> list[str]:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return [
        f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{color}"/>' for x, y in points),
    ]


def _spread(wanted: Mapping[str, float]) -> dict[str, float]:
    """Move labels apart that would stand on each other: upwards where they would leave the drawing, else down."""
    names = sorted(wanted, key=wanted.__getitem__)
    places: list[float] = []
    for name in names:
        places.append(max(wanted[name], places[-1] + _LABEL_SPACE if places else _TOP))
    lowest = float(_HEIGHT - _BOTTOM)
    for index in reversed(range(len(places))):
        places[index] = min(places[index], lowest)
        lowest = places[index] - _LABEL_SPACE
    return dict(zip(names, places, strict=True))


def _label(name: str, end: Point, y: float, color: str) -> list[str]:
    x = _WIDTH - _RIGHT + _LABEL_GAP
    return [
        (
            f'<line x1="{end[0] + 5:.1f}" y1="{end[1]:.1f}" x2="{x - 4}" y2="{y:.1f}" '
            f'stroke="{color}" stroke-width="1" stroke-opacity="0.5"/>'
        ),
        _text(x, y + 4, name, color),
    ]


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{_GRID}"/>'


def _text(x: float, y: float, text: str, color: str = _INK, *, anchor: str = "start", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{color}">'
        f"{escape(text)}</text>"
    )
