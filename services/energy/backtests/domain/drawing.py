"""A picture of a curve and what was said of it, as SVG: no library is needed for two lines and a few marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WIDTH: Final = 860
_HEIGHT: Final = 240
_LEFT: Final = 64
_RIGHT: Final = 12
_TOP: Final = 16
_BOTTOM: Final = 28
_DAY: Final = 1440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A meter's values around a moment: ``minutes`` of its standard time since 1970, kW, NaN where missing.

    ``usual``: what it shows at these slots else; ``window``: the event's first and last minute; ``marks``: alarms.
    """

    minutes: NDArray[np.int64]
    values: NDArray[np.float32]
    usual: NDArray[np.float32]
    window: tuple[int, int] | None
    marks: Sequence[tuple[int, str]]


def picture(scene: Scene) -> str:
    """The scene as an SVG element with a text for those who cannot see it."""
    axes = _Axes(scene)
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{escape(_told(scene))}</title>",
    ]
    if scene.window is not None:
        left, right = axes.x(scene.window[0]), axes.x(scene.window[1])
        width = max(right - left, 1.5)
        parts.append(f'<rect class="event" x="{left:.1f}" y="{_TOP}" width="{width:.1f}" height="{axes.height}"/>')
    parts += axes.drawn()
    parts.append(f'<path class="usual" d="{axes.path(scene.usual)}"/>')
    parts.append(f'<path class="load" d="{axes.path(scene.values)}"/>')
    for at, kind in scene.marks:
        x = axes.x(at)
        parts.append(f'<line class="alarm" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + axes.height}"/>')
        parts.append(f'<text class="alarm" x="{x + 3:.1f}" y="{_TOP + 10}">{escape(kind)}</text>')
    parts.append("</svg>")
    return "".join(parts)


def clock(minute: int) -> str:
    """A minute of standard time as people write it."""
    return (_EPOCH + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M")


def _told(scene: Scene) -> str:
    known = scene.values[np.isfinite(scene.values)]
    span = f"{clock(int(scene.minutes[0]))} – {clock(int(scene.minutes[-1]))}"
    if not len(known):
        return span
    return f"{span}: {float(known.min()):,.1f} – {float(known.max()):,.1f} kW"


class _Axes:
    def __init__(self, scene: Scene) -> None:
        self.height = _HEIGHT - _TOP - _BOTTOM
        self._minutes = scene.minutes
        self._first, self._last = int(scene.minutes[0]), int(scene.minutes[-1]) + 1
        both = np.concatenate((scene.values, scene.usual))
        known = both[np.isfinite(both)]
        low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
        low = min(low, 0.0)
        self._low, self._high = low, high if high > low else low + 1.0

    def x(self, minute: int) -> float:
        inside = min(max(minute, self._first), self._last)
        return _LEFT + (inside - self._first) / (self._last - self._first) * (_WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        return _TOP + (self._high - value) / (self._high - self._low) * self.height

    def path(self, values: NDArray[np.float32]) -> str:
        """Lines over what is known; a gap stays a gap."""
        drawn, is_down = [], False
        for minute, value in zip(self._minutes.tolist(), values.tolist(), strict=True):
            if not np.isfinite(value):
                is_down = False
                continue
            drawn.append(f"{'L' if is_down else 'M'}{self.x(minute):.1f} {self.y(value):.1f}")
            is_down = True
        return "".join(drawn)

    def drawn(self) -> list[str]:
        lines = []
        for share in (0.0, 0.5, 1.0):
            value = self._low + share * (self._high - self._low)
            y = self.y(value)
            lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            lines.append(f'<text class="axis" x="{_LEFT - 6}" y="{y + 4:.1f}">{value:,.0f}</text>')
        midnight = -(-self._first // _DAY) * _DAY
        for at in range(midnight, self._last, _DAY):
            x = self.x(at)
            lines.append(f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_TOP + self.height}"/>')
            lines.append(f'<text class="day" x="{x + 3:.1f}" y="{_HEIGHT - 8}">{clock(at)[5:10]}</text>')
        return lines
