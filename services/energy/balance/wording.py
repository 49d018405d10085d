"""A shortage in words that an office uses, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.energy.balance.domain.gap import Limit, MaximumSource
from services.energy.balance.domain.levels import Level

_LEVELS: Final = {
    Level.BLUE: ("Ⅳ级（蓝色）", "blue (Ⅳ)"),
    Level.YELLOW: ("Ⅲ级（黄色）", "yellow (Ⅲ)"),
    Level.ORANGE: ("Ⅱ级（橙色）", "orange (Ⅱ)"),
    Level.RED: ("Ⅰ级（红色）", "red (Ⅰ)"),
}
_LIMITS: Final = {
    Limit.CAPACITY: ("供电能力", "capacity"),
    Limit.QUOTA: ("供电指标", "supply quota"),
    Limit.IMPORT: ("受电能力", "import limit"),
}
_MAXIMA: Final = {
    MaximumSource.FORECAST: ("预测最大负荷", "the forecast maximum load"),
    MaximumSource.RECENT: ("近期最大负荷", "the recent maximum load"),
    MaximumSource.TODAY: ("当日最大负荷", "today's maximum load"),
}


@dataclass(frozen=True, slots=True)
class ShortageFigures:
    """Figures of a shortage in one slot, kW; ``level`` as held, ``own_level`` of the slot alone."""

    name: str
    day: date
    slot: int
    demand_kw: float
    available_kw: float
    gap_kw: float
    gap_percent: float | None
    maximum_kw: float | None
    limit: Limit
    maximum_source: MaximumSource
    level: Level
    own_level: Level | None
    completeness: float
    is_quota_over: bool


def level_names(level: Level) -> tuple[str, str]:
    """Of a level above none, in Chinese and English."""
    return _LEVELS[level]


def clock_of(slot: int) -> str:
    """The end of a slot: 24:00 for the last."""
    minutes = (slot + 1) * 15
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def explain(figures: ShortageFigures) -> tuple[str, str]:
    """The shortage in Chinese and English."""
    return _zh(figures), _en(figures)


def _zh(figures: ShortageFigures) -> str:
    when = f"{figures.day:%m-%d} {clock_of(figures.slot)}"
    limit = _LIMITS[figures.limit][0]
    text = (
        f"{figures.name} {when} 负荷 {_mw(figures.demand_kw)} 兆瓦，可供 {_mw(figures.available_kw)} 兆瓦"
        f"（受{limit}限制）"
    )
    level = _LEVELS[figures.level][0]
    if figures.gap_kw > 0:
        text += f"，缺口 {_mw(figures.gap_kw)} 兆瓦"
        if figures.gap_percent is not None:
            text += f"，占{_MAXIMA[figures.maximum_source][0]}的 {figures.gap_percent:.1f}%"
        text += f"，为{level}预警" if _is_own(figures) else f"，按保持规则维持{level}预警"
    else:
        text += f"，缺口已消除，按保持规则维持{level}预警"
    if figures.completeness < 1:
        text += f"；数据完整率 {figures.completeness:.0%}"
    if figures.is_quota_over:
        text += "；供电指标高于供电能力，按供电能力计"
    return text


def _en(figures: ShortageFigures) -> str:
    when = f"{figures.day:%m-%d} {clock_of(figures.slot)}"
    limit = _LIMITS[figures.limit][1]
    text = (
        f"{figures.name} {when}: load {_mw(figures.demand_kw)} MW, available {_mw(figures.available_kw)} MW "
        f"(by its {limit})"
    )
    level = _LEVELS[figures.level][1]
    if figures.gap_kw > 0:
        text += f", short of {_mw(figures.gap_kw)} MW"
        if figures.gap_percent is not None:
            text += f", {figures.gap_percent:.1f} % of {_MAXIMA[figures.maximum_source][1]}"
        text += f"; {level}" if _is_own(figures) else f"; held at {level}"
    else:
        text += f", no longer short; held at {level}"
    if figures.completeness < 1:
        text += f"; {figures.completeness:.0%} of the meters are there"
    if figures.is_quota_over:
        text += "; the quota is more than the capacity, which counts"
    return text


def _is_own(figures: ShortageFigures) -> bool:
    return figures.own_level is None or figures.own_level >= figures.level


def _mw(kw: float) -> str:
    """Three digits that count: 52.3, 4.42, 0.85."""
    value = kw / 1000
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
