"""Growth plots as SVG: lines over the size of the book, both axes logarithmic, with a legend."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Point = tuple[float, float]

_WIDTH, _HEIGHT = 760, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 250, 44, 52
_COLORS = ("#0b6e99", "#d9730d", "#0f7b6c", "#ad1a72", "#6940a5", "#9b9a97", "#e03e3e", "#64473a")
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
    """Draw series of (orders in the book, value); values have to be positive."""
    points = [point for line in series.values() for point in line]
    across = _Axis([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    up = _Axis([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            'font-family="system-ui, sans-serif" font-size="12" fill="#37352f">'
        ),
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_LEFT, 24, title, size=15),
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, "orders in the book", anchor="middle"),
        _text(_LEFT - 8, _TOP - 14, unit, anchor="end"),
        *_grid(across, up),
    ]
    for index, (label, line) in enumerate(series.items()):
        parts += _line(index, label, [(across.at(x), up.at(y)) for x, y in line])
    return "\n".join([*parts, "</svg>", ""])


def _grid(across: _Axis, up: _Axis) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = []
    for exponent in across.powers():
        x = across.at(10.0**exponent)
        parts.append(_rule(x, _TOP, x, bottom))
        parts.append(_text(x, bottom + 18, _NAMES.get(exponent, f"{10**exponent:,}"), anchor="middle"))
    for exponent in up.powers():
        y = up.at(10.0**exponent)
        parts.append(_rule(_LEFT, y, right, y))
        parts.append(_text(_LEFT - 8, y + 4, f"{10.0**exponent:,g}", anchor="end"))
    return parts


def _line(index: int, label: str, points: Sequence[Point]) -> list[str]:
    color = _COLORS[index % len(_COLORS)]
    dash = ' stroke-dasharray="5 4"' if index >= len(_COLORS) else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    y = _TOP + 8 + 20 * index
    x = _WIDTH - _RIGHT + 18
    return [
        f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"{dash}/>',
        *(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3" fill="{color}"/>' for cx, cy in points),
        f'<line x1="{x}" y1="{y}" x2="{x + 22}" y2="{y}" stroke="{color}" stroke-width="2"{dash}/>',
        _text(x + 28, y + 4, label),
    ]


def _rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#e3e2e0"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">{escape(text)}</text>'
