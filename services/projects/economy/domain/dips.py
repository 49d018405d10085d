"""Dips (下滑): growth below a limit, falls in a row, output that falls while power rises; with their figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.projects.conditions.domain.condition import Finding
from services.projects.economy.domain import months
from services.projects.economy.domain.arithmetic import growth, plain, shown
from services.projects.economy.domain.indicators import OUTPUT, POWER, Indicator, IndicatorKind
from services.projects.economy.domain.rules import EconomyRule, EconomyRuleKind, Rules

KIND = "economic_dip"

Series = Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Dip:
    """One reason why it is a dip, in both languages; ``level`` 2 is grave."""

    level: int
    zh: str
    en: str


def judge(
    indicator: Indicator,
    month: date,
    series: Mapping[str, Series],
    rules: Rules,
    region_code: str,
    today: date,
) -> Finding | None:
    """What is wrong with an indicator in its latest month; ``series``: values by indicator and month.

    A month that is not known makes no dip, whatever it may have been.
    """
    own = series.get(indicator.code, {})
    found = [
        dip
        for kind, look in _LOOKS.items()
        if (rule := rules.find(kind, region_code, month, indicator.code)) is not None
        # A rule for all is one for flows: nobody wants stocks of goods to rise.
        and (rule.indicator is not None or indicator.kind is IndicatorKind.FLOW)
        and (dip := look(rule, own, month)) is not None
    ]
    if indicator.code == OUTPUT:
        rule = rules.find(EconomyRuleKind.DIP_POWER, region_code, month)
        dip = None if rule is None else _against_power(rule, own, series.get(POWER, {}), month)
        found += [] if dip is None else [dip]
    if not found:
        return None
    value = own[month]
    head_zh = f"{month:%Y年%-m月}{indicator.name_zh} {_amount_zh(value, indicator.unit)}："
    head_en = f"{indicator.name_en} of {month:%Y-%m} {plain(value)} {indicator.unit}: "
    last = months.last_day(month)
    return Finding(
        KIND,
        reference_on=last,
        days=(today - last).days,
        threshold_days=0,
        level=max(dip.level for dip in found),
        explanation_zh=head_zh + "；".join(dip.zh for dip in found),
        explanation_en=head_en + "; ".join(dip.en for dip in found),
    )


def _amount_zh(value: Decimal, unit: str) -> str:
    if unit == "yuan":
        return f"{plain(shown(value / 10_000, 2))} 万元"
    return f"{plain(value)} {_UNITS_ZH.get(unit, unit)}"


_UNITS_ZH = {"kwh": "千瓦时", "person": "人"}


def _below(rule: EconomyRule, own: Series, month: date, back: int, zh: str, en: str) -> Dip | None:
    rate = growth(own.get(month), own.get(months.plus(month, -back))).value
    if rate is None or rate >= rule.value:
        return None
    grave = rule.level2_value is not None and rate < rule.level2_value
    limit, base = plain(rule.value), own[months.plus(month, -back)]
    return Dip(
        2 if grave else 1,
        f"{zh}{_moved_zh(rate)}（基数 {plain(base)}），低于限值 {limit}%",
        f"{en} {shown(rate):+}% (base {plain(base)}), below the limit of {limit}%",
    )


def _moved_zh(rate: Decimal) -> str:
    return f"{'下降' if rate < 0 else '增长'} {abs(shown(rate))}%"


def _year(rule: EconomyRule, own: Series, month: date) -> Dip | None:
    return _below(rule, own, month, 12, "同比", "year on year")


def _before(rule: EconomyRule, own: Series, month: date) -> Dip | None:
    return _below(rule, own, month, 1, "环比", "on the month before")


def _falls(rule: EconomyRule, own: Series, month: date) -> Dip | None:
    count = 0
    while (now := own.get(months.plus(month, -count))) is not None:
        earlier = own.get(months.plus(month, -count - 1))
        if earlier is None or now >= earlier:
            break
        count += 1
    if count < rule.value:
        return None
    grave = rule.level2_value is not None and count >= rule.level2_value
    return Dip(2 if grave else 1, f"连续 {count} 个月下降", f"{count} falls from month to month in a row")


def _against_power(rule: EconomyRule, output: Series, power: Series, month: date) -> Dip | None:
    for back, zh, en in ((12, "同比", "year on year"), (1, "环比", "on the month before")):
        earlier = months.plus(month, -back)
        made, used = growth(output.get(month), output.get(earlier)), growth(power.get(month), power.get(earlier))
        if made.value is None or used.value is None:
            continue
        if -made.value < rule.value or used.value <= 0:
            return None
        grave = rule.level2_value is not None and -made.value >= rule.level2_value
        return Dip(
            2 if grave else 1,
            f"产值{zh}{_moved_zh(made.value)}而用电量{zh}{_moved_zh(used.value)}",
            f"output {shown(made.value):+}% while power {shown(used.value):+}% {en}",
        )
    return None


_LOOKS: dict[EconomyRuleKind, Callable[[EconomyRule, Series, date], Dip | None]] = {
    EconomyRuleKind.DIP_YOY: _year,
    EconomyRuleKind.DIP_MOM: _before,
    EconomyRuleKind.DIP_FALLS: _falls,
}
