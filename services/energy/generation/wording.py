"""What plants are warned of, in words that an office uses, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.energy.generation.domain.pace import Pace
from services.energy.generation.domain.plant import PlantKind

KINDS: Final = {
    PlantKind.HYDRO: ("水电", "hydro"),
    PlantKind.WIND: ("风电", "wind"),
    PlantKind.SOLAR: ("光伏", "solar"),
    PlantKind.THERMAL: ("火电", "thermal"),
    PlantKind.STORAGE: ("储能", "storage"),
}


def outage(name: str, units: Sequence[str], out_kw: float, share: float, hours: float) -> tuple[str, str]:
    listed = "、".join(units)
    zh = (
        f"{name} {len(units)} 台机组非计划停运（{listed}），影响 {out_kw:,.0f} 千瓦，"
        f"占在役容量 {share:.0%}，最长已 {hours:,.0f} 小时"
    )
    en = (
        f"{name}: forced outage of {len(units)} unit(s) ({', '.join(units)}), {out_kw:,.0f} kW, "
        f"{share:.0%} of the capacity in service, the longest for {hours:,.0f} h"
    )
    return zh, en


def underperformance(name: str, days: int, ratio: float, limit: float, lost_kwh: float) -> tuple[str, str]:
    zh = (
        f"{name} 连续 {days} 个可评判日实发低于应发的 {limit:.0%}，期间实发/应发 {ratio:.1%}，"
        f"扣除停运和限电后少发 {lost_kwh:,.0f} 千瓦时"
    )
    en = (
        f"{name}: on {days} judged days in a row less than {limit:.0%} of what was to be expected, "
        f"{ratio:.1%} together; "
        f"{lost_kwh:,.0f} kWh lost beyond outages and curtailment"
    )
    return zh, en


def behind(name: str, pace: Pace) -> tuple[str, str]:
    assert pace.behind_points is not None
    assert pace.scaled_kwh is not None
    zh = (
        f"{name} {pace.day.year} 年发电目标 {wan(pace.target_kwh)} 万千瓦时，截至 {pace.day:%m-%d} 应完成 "
        f"{wan(pace.planned_kwh)} 万千瓦时（{pace.planned_share:.1%}），实际 {wan(pace.scaled_kwh)} 万千瓦时"
        f"（{pace.scaled_kwh / pace.target_kwh:.1%}），落后 {pace.behind_points:.1f} 个百分点"
    )
    en = (
        f"{name}: of {pace.target_kwh:,.0f} kWh for {pace.day.year}, "
        f"{pace.planned_kwh:,.0f} ({pace.planned_share:.1%}) "
        f"were to be made by {pace.day}, {pace.scaled_kwh:,.0f} ({pace.scaled_kwh / pace.target_kwh:.1%}) were: "
        f"{pace.behind_points:.1f} points behind"
    )
    if pace.forecast_kwh is not None:
        zh += f"；预计全年 {wan(pace.forecast_kwh)} 万千瓦时"
        en += f"; {pace.forecast_kwh:,.0f} kWh forecast for the year"
    if pace.completeness is not None and pace.completeness < 0.9995:
        zh += f"（按数据完整率 {pace.completeness:.1%} 折算）"
        en += f" (scaled by completeness {pace.completeness:.1%})"
    return zh, en


def wan(kwh: float) -> str:
    """万千瓦时, as offices write energy."""
    return f"{kwh / 10_000:,.0f}" if abs(kwh) >= 1_000_000 else f"{kwh / 10_000:,.2f}"


def target_name(place: str, kind: str | None) -> tuple[str, str]:
    """How a target is called that is not one plant's."""
    if kind is None:
        return f"{place}发电", f"{place} generation"
    zh, en = KINDS[PlantKind(kind)]
    return f"{place}{zh}", f"{place} {en}"
