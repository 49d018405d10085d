"""What is seen in words that a person in the office would use, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from libs.common.contracts.energy import ConditionKind

_DAYS: Final = {
    "working": ("工作日", "working days"),
    "first_after_rest": ("休息后首个工作日", "first working days after rest"),
    "adjusted_workday": ("调休工作日", "worked weekend days"),
    "saturday": ("周六", "Saturdays"),
    "sunday": ("周日", "Sundays"),
    "holiday": ("节假日", "holidays"),
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of a condition's strongest slot; powers kW; of a shift ``value`` is a share, of a clock hours."""

    kind: ConditionKind
    at: datetime
    offset_minutes: int
    day_type: str
    value: float
    expected: float
    low: float
    high: float
    lasted_minutes: int
    interval_minutes: int


def explain(figures: Figures) -> tuple[str, str]:
    """The explanation in Chinese and English, such as "11:15 2,340 kW; usual … 1,410–1,690; +38 %"."""
    return _zh(figures), _en(figures)


def _clock(figures: Figures) -> str:
    return (figures.at.astimezone(UTC) + timedelta(minutes=figures.offset_minutes)).strftime("%H:%M")


def _day(figures: Figures) -> str:
    return (figures.at.astimezone(UTC) + timedelta(minutes=figures.offset_minutes)).strftime("%m-%d %H:%M")


def _date(figures: Figures) -> str:
    return (figures.at.astimezone(UTC) + timedelta(minutes=figures.offset_minutes)).strftime("%m-%d")


def _percent(figures: Figures) -> str:
    if figures.expected <= 0:
        return ""
    return f"{(figures.value - figures.expected) / figures.expected * 100:+.0f} %"


def _power(value: float) -> str:
    """Whole kW, or one digit behind the point where the meter is small."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}"


def _hours(minutes: int) -> str:
    hours = minutes / 60
    return f"{hours:.0f}" if hours >= 10 else f"{hours:.1f}"


def _zh(figures: Figures) -> str:
    clock, value, expected = _clock(figures), _power(figures.value), _power(figures.expected)
    lasted = figures.lasted_minutes + figures.interval_minutes
    match figures.kind:
        case ConditionKind.SPIKE | ConditionKind.DROP:
            day = _DAYS.get(figures.day_type, (figures.day_type,) * 2)[0]
            band = f"{_power(figures.low)}–{_power(figures.high)}"
            change = _percent(figures)
            return f"{clock} 为 {value} 千瓦；{day}该时段通常为 {band} 千瓦" + (
                f"；偏离 {change}" if change else ""
            )
        case ConditionKind.SHIFT:
            side = "高" if figures.value > 0 else "低"
            return f"近一日负荷比同类日、同时段平均{side} {abs(figures.value):.0%}，并持续"
        case ConditionKind.DEAD:
            return f"{_day(figures)} 读数为零，平时约 {expected} 千瓦；已持续 {_hours(lasted)} 小时"
        case ConditionKind.STUCK:
            return f"读数停在 {value} 千瓦不变，截至 {_day(figures)} 已超出该表的惯常时长"
        case ConditionKind.MISSING:
            return f"自 {_day(figures)} 起没有收到数据；此前最后读数 {value} 千瓦"
        case ConditionKind.UNIT:
            return f"{clock} 为 {value} 千瓦，平时约 {expected} 千瓦；疑似单位、倍率或正负号错误"
        case ConditionKind.CLOCK:
            return f"前一日曲线整体平移约 {abs(figures.value):.0f} 小时才与平时吻合；疑似表计时钟错误"
        case ConditionKind.OVERLOAD:
            return f"{clock} 为 {value} 千瓦；合同容量 {expected} 千瓦；{_percent(figures)}"
        case ConditionKind.POWER_FACTOR:
            days = round(figures.lasted_minutes / 1440) + 1
            since = f"，已连续 {days} 个评判日低于标准" if days > 1 else ""
            return f"{_date(figures)} 功率因数 {figures.value:.3f}，标准 {figures.expected:.2f}{since}"


def _en(figures: Figures) -> str:
    clock, value, expected = _clock(figures), _power(figures.value), _power(figures.expected)
    lasted = figures.lasted_minutes + figures.interval_minutes
    match figures.kind:
        case ConditionKind.SPIKE | ConditionKind.DROP:
            day = _DAYS.get(figures.day_type, (figures.day_type,) * 2)[1]
            band = f"{_power(figures.low)}–{_power(figures.high)}"
            change = _percent(figures)
            text = f"{clock} {value} kW; usual for this slot on {day} {band} kW"
            return text + (f"; {change}" if change else "")
        case ConditionKind.SHIFT:
            side = "above" if figures.value > 0 else "below"
            return f"For about a day {abs(figures.value):.0%} {side} what is usual at these hours on such days"
        case ConditionKind.DEAD:
            return f"Zero at {_day(figures)} where about {expected} kW is usual; for {_hours(lasted)} h"
        case ConditionKind.STUCK:
            return f"The reading stands at {value} kW, by {_day(figures)} longer than this meter's ever does"
        case ConditionKind.MISSING:
            return f"Nothing has come since {_day(figures)}; the last reading was {value} kW"
        case ConditionKind.UNIT:
            return f"{clock} {value} kW where about {expected} kW is usual; wrong unit, multiplier or sign?"
        case ConditionKind.CLOCK:
            return f"The day's curve fits the usual one when moved by {abs(figures.value):.0f} h; a wrong clock?"
        case ConditionKind.OVERLOAD:
            return f"{clock} {value} kW; contracted capacity {expected} kW; {_percent(figures)}"
        case ConditionKind.POWER_FACTOR:
            days = round(figures.lasted_minutes / 1440) + 1
            since = f", for {days} days" if days > 1 else ""
            standard = f"the standard is {figures.expected:.2f}"
            return f"Power factor {figures.value:.3f} on {_date(figures)}; {standard}{since}"
