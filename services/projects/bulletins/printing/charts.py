"""Charts as SVG: the page shows them, the PDF and the Word file hold them, all as vectors.

Every value is written beside its bar or point, so that nothing has to be measured with a ruler. Widths of texts
are reckoned by full and half characters; no font is needed to draw.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from typing import Final

from services.projects.bulletins.domain.content import ChartKind
from services.projects.bulletins.domain.document import ChartPart, Line
from services.projects.economy.domain.arithmetic import shown

WIDTH: Final = 600
_FONT: Final = "Noto Sans SC, SimHei, sans-serif"
_SIZE: Final = 13
_COLOURS: Final = ("#b3261e", "#3b5b8c", "#7a7a7a")
# A loss or a fall is seen without reading the sign.
_BELOW: Final = "#3f7f5f"
_BAR: Final = 15
_GAP: Final = 9
_PLOT_HEIGHT: Final = 200


@dataclass(frozen=True, slots=True)
class Drawing:
    svg: str
    width: int
    height: int


def draw(chart: ChartPart) -> Drawing:
    """The chart without its caption, which stands in the document."""
    body, height = _bars(chart) if chart.form is ChartKind.BARS else _lines(chart)
    legend = _legend(chart.lines) if len(chart.lines) > 1 else ""
    top = 26 if legend else 4
    label = escape(f"{chart.caption}　{chart.unit}", quote=True)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height + top}" '
        f'viewBox="0 0 {WIDTH} {height + top}" role="img" aria-label="{label}" '
        f'font-family="{_FONT}" font-size="{_SIZE}">'
        f'<rect width="{WIDTH}" height="{height + top}" fill="#ffffff"/>'
        f'{legend}<g transform="translate(0 {top})">{body}</g></svg>'
    )
    return Drawing(svg, WIDTH, height + top)


def _text(x: float, y: float, text: str, anchor: str = "start", colour: str = "#222222", size: int = _SIZE) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}" font-size="{size}">'
        f"{escape(text)}</text>"
    )


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str = "#999999") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="0.8"/>'


def _wide(text: str) -> float:
    """About how wide a text is drawn."""
    halves = sum(2 if unicodedata.east_asian_width(one) in {"W", "F", "A"} else 1.15 for one in text)
    return halves * _SIZE / 2


def _said(value: Decimal, places: int) -> str:
    number = shown(value, places)
    return format(abs(number) if number == 0 else number, "f")


def _legend(lines: tuple[Line, ...]) -> str:
    pieces, x = [], 4.0
    for number, line in enumerate(lines):
        pieces.append(_rect(x, 4, 12, 12, _COLOURS[number % len(_COLOURS)]))
        pieces.append(_text(x + 18, 15, line.name))
        x += 18 + _wide(line.name) + 24
    return "".join(pieces)


def _bars(chart: ChartPart) -> tuple[str, int]:
    """Bars that lie, one group a category, from a line of zero."""
    known = [float(value) for line in chart.lines for value in line.values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    left = min(max((_wide(name) for name in chart.categories), default=0) + 12, WIDTH * 0.4)
    room = 64.0
    first = left + (room if low < 0 else 0)
    scale = (WIDTH - first - room) / ((high - low) or 1)
    zero = first - low * scale
    pieces, y = [], 4.0
    for place, name in enumerate(chart.categories):
        depth = _BAR * len(chart.lines)
        pieces.append(_text(left - 8, y + depth / 2 + 4.5, name, "end"))
        pieces += [
            _bar(chart, number, place, zero, y + number * _BAR, scale) for number in range(len(chart.lines))
        ]
        y += depth + _GAP
    pieces.append(_rule(zero, 0, zero, y - _GAP + 4))
    return "".join(pieces), int(y + 2)


def _bar(chart: ChartPart, number: int, place: int, zero: float, y: float, scale: float) -> str:
    value, places = chart.lines[number].values[place], chart.places
    if value is None:
        return _text(zero + 5, y + 12, "—", colour="#777777")
    length = float(value) * scale
    colour = _BELOW if len(chart.lines) == 1 and value < 0 else _COLOURS[number % len(_COLOURS)]
    bar = _rect(min(zero, zero + length), y + 1, abs(length), _BAR - 2, colour)
    if value < 0:
        return bar + _text(zero + length - 5, y + 12, _said(value, places), "end")
    return bar + _text(zero + length + 5, y + 12, _said(value, places))


def _lines(chart: ChartPart) -> tuple[str, int]:
    """A line a series over the categories; a gap where a figure is not there."""
    known = [float(value) for line in chart.lines for value in line.values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    ticks = [low + (high - low) * part / 4 for part in range(5)]
    left, top = max(_wide(_said(Decimal(str(one)), chart.places)) for one in ticks) + 14, 22.0
    # The first value has room beside the scale.
    begin = left + 22
    step = (WIDTH - begin - 30) / max(len(chart.categories) - 1, 1)
    scale = _PLOT_HEIGHT / ((high - low) or 1)

    def y_of(value: float) -> float:
        return top + (high - value) * scale

    pieces = []
    for value in ticks:
        pieces.append(_rule(left, y_of(value), WIDTH - 16, y_of(value), "#dddddd"))
        said = _said(Decimal(str(value)), chart.places)
        pieces.append(_text(left - 8, y_of(value) + 4, said, "end", "#555555", 11))
    pieces.append(_rule(left, y_of(0), WIDTH - 16, y_of(0)))
    bottom = top + _PLOT_HEIGHT
    pieces += [
        _text(begin + place * step, bottom + 20, name, "middle") for place, name in enumerate(chart.categories)
    ]
    for number in reversed(range(len(chart.lines))):
        pieces.append(_line(chart.lines[number], number, chart.places, begin, step, y_of))
    return "".join(pieces), int(bottom + 28)


def _line(line: Line, number: int, places: int, left: float, step: float, y_of: Callable[[float], float]) -> str:
    colour = _COLOURS[number % len(_COLOURS)]
    pieces, run = [], []
    for place, value in enumerate((*line.values, None)):
        if value is not None:
            run.append((left + place * step, y_of(float(value)), value))
            continue
        if len(run) > 1:
            points = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in run)
            dash = "" if number == 0 else ' stroke-dasharray="5 3"'
            pieces.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        for x, y, known in run:
            pieces.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')
            # Of the series in front the values, else they would lie on each other.
            if number == 0:
                pieces.append(_text(x, y - 8, _said(known, places), "middle", colour, 11))
        run = []
    return "".join(pieces)
