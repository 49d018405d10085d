"""A shortage that is foreseen, in words that an office uses, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.energy.balance.domain.gap import Limit
from services.energy.balance.domain.levels import Level
from services.energy.balance.wording import clock_of, level_names
from services.energy.forecast.domain.outcome import Model
from services.energy.forecast.domain.shortage import ForeseenShortage

_LIMITS: Final = {
    Limit.CAPACITY: ("供电能力", "capacity"),
    Limit.QUOTA: ("供电指标", "supply quota"),
    Limit.IMPORT: ("受电能力", "import limit"),
}
_MODELS: Final = {
    Model.REGRESSION: ("回归模型", "regression"),
    Model.SIMILAR_DAYS: ("相似日法", "similar days"),
    Model.SEASONAL_NAIVE: ("上周同类日", "last week's day"),
    Model.NAIVE: ("昨日曲线", "yesterday's curve"),
}


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A shortage with the node's name and what its forecast says of itself."""

    name: str
    on: date
    shortage: ForeseenShortage
    model: Model
    mape: float | None
    held_out_days: int


def explain(foreseen: Foreseen) -> tuple[str, str]:
    """The shortage in Chinese and English, with its figures and those of the forecast."""
    return _zh(foreseen), _en(foreseen)


def _zh(foreseen: Foreseen) -> str:
    one = foreseen.shortage
    limit = _limit(one)
    text = (
        f"{foreseen.name} 预计 {foreseen.on:%m-%d} {_begin(one.first)}–{_begin(one.end)} 供电不足："
        f"{clock_of(one.worst)} 负荷 {_mw(one.demand_kw)} 兆瓦（90% 分位 {_mw(one.high_kw)} 兆瓦），"
        f"可供 {_mw(one.available_kw)} 兆瓦{'' if limit is None else f'（受{limit[0]}限制）'}，"
        f"缺口 {_mw(one.gap_kw)} 兆瓦，占预测最大负荷的 {one.gap_percent:.1f}%，"
        f"为{level_names(Level(one.level))[0]}预警"
    )
    if one.possible > one.level:
        text += f"，按 90% 分位可达{level_names(Level(one.possible))[0]}"
    text += f"；{_MODELS[foreseen.model][0]}"
    if foreseen.mape is not None:
        text += f"，近 {foreseen.held_out_days} 天检验误差 {foreseen.mape:.1f}%"
    return text


def _en(foreseen: Foreseen) -> str:
    one = foreseen.shortage
    limit = _limit(one)
    text = (
        f"{foreseen.name}, {foreseen.on:%m-%d} {_begin(one.first)}–{_begin(one.end)}: at {clock_of(one.worst)} "
        f"a load of {_mw(one.demand_kw)} MW is expected (p90 {_mw(one.high_kw)} MW), available "
        f"{_mw(one.available_kw)} MW{'' if limit is None else f' (by its {limit[1]})'}, short of "
        f"{_mw(one.gap_kw)} MW, {one.gap_percent:.1f} % of the forecast maximum load; "
        f"{level_names(Level(one.level))[1]}"
    )
    if one.possible > one.level:
        text += f", by p90 {level_names(Level(one.possible))[1]}"
    text += f"; {_MODELS[foreseen.model][1]}"
    if foreseen.mape is not None:
        text += f", error {foreseen.mape:.1f} % over {foreseen.held_out_days} days held out"
    return text


def _limit(one: ForeseenShortage) -> tuple[str, str] | None:
    return _LIMITS.get(Limit(one.limit))


def _begin(slot: int) -> str:
    """The beginning of a slot; 24:00 after the last."""
    return f"{slot * 15 // 60:02d}:{slot * 15 % 60:02d}"


def _mw(kw: float) -> str:
    """Three digits that count: 52.3, 4.42, 0.85."""
    value = kw / 1000
    return f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}"
