"""Targets and vetoes in words, in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from services.energy.efficiency.domain.targets import Light, Measure, PacePoint

_MEASURES: Final[Mapping[Measure, tuple[str, str]]] = {
    Measure.TOTAL_TCE: ("能源消费总量", "total energy"),
    Measure.ELECTRICITY_KWH: ("用电量", "electricity"),
    Measure.INTENSITY_VALUE: ("单位产值能耗", "energy per output value"),
    Measure.INTENSITY_PRODUCT: ("单位产品能耗", "energy per product"),
}
_UNITS: Final[Mapping[Measure, tuple[str, str]]] = {
    Measure.TOTAL_TCE: ("吨标准煤", "tce"),
    Measure.ELECTRICITY_KWH: ("万千瓦时", "10,000 kWh"),
    Measure.INTENSITY_VALUE: ("吨标准煤/万元", "tce/10,000 yuan"),
}
_LIGHTS: Final[Mapping[Light, tuple[str, str]]] = {
    Light.GREEN: ("三级（绿）", "level 3, green"),
    Light.YELLOW: ("二级（黄）", "level 2, yellow"),
    Light.RED: ("一级（红）", "level 1, red"),
}
_TEN_THOUSAND: Final = Decimal(10_000)


def measure_name(measure: Measure) -> tuple[str, str]:
    return _MEASURES[measure]


def behind_pace(measure: Measure, product: tuple[str, str], year: int, point: PacePoint) -> tuple[str, str]:
    """``product``: name and unit, empty for other measures."""
    (zh, en), (unit_zh, unit_en) = _MEASURES[measure], _unit(measure, product)
    light_zh, light_en = _LIGHTS[point.light]
    planned, actual = _figure(measure, point.planned), _figure(measure, point.actual)
    month = point.month.month
    deviation = _percent(point.deviation_percent)
    return (
        f"{year} 年 1—{month} 月{product[0]}{zh} {actual} {unit_zh}，进度目标 {planned} {unit_zh}，"
        f"高出 {deviation}，预警等级{light_zh}",
        f"January to month {month} of {year}: {_named(en, product)} {actual} {unit_en} against a pace of "
        f"{planned} {unit_en}, {deviation} above: {light_en}",
    )


def missed(
    measure: Measure, product: tuple[str, str], year: int, target: Decimal, actual: Decimal
) -> tuple[str, str]:
    (zh, en), (unit_zh, unit_en) = _MEASURES[measure], _unit(measure, product)
    over = _percent((actual - target) / target * 100)
    shown, wanted = _figure(measure, actual), _figure(measure, target)
    return (
        f"{year} 年{product[0]}{zh} {shown} {unit_zh}，目标 {wanted} {unit_zh}，超出 {over}，年度目标未完成",
        f"{year}: {_named(en, product)} {shown} {unit_en} against a target of {wanted} {unit_en}, "
        f"{over} above: the year's target is missed",
    )


def red_in_a_row(
    measure: Measure, product: tuple[str, str], year: int, count: int, point: PacePoint
) -> tuple[str, str]:
    zh, en = behind_pace(measure, product, year, point)
    return f"连续 {count} 个月一级（红）预警：{zh}", f"Red for {count} months in a row. {en}"


def _named(en: str, product: tuple[str, str]) -> str:
    return f"{en} ({product[0]})" if product[0] else en


def _unit(measure: Measure, product: tuple[str, str]) -> tuple[str, str]:
    if measure is Measure.INTENSITY_PRODUCT:
        return f"吨标准煤/{product[1]}", f"tce/{product[1]}"
    return _UNITS[measure]


def _figure(measure: Measure, value: Decimal) -> str:
    if measure.is_intensity:
        return f"{value:,.4f}"
    if measure is Measure.ELECTRICITY_KWH:
        return f"{value / _TEN_THOUSAND:,.2f}"
    return f"{value:,.2f}"


def _percent(value: Decimal) -> str:
    return f"{value:.2f} %"


_COLUMNS: Final[Sequence[tuple[str, str]]] = (
    ("名次", "Rank"),
    ("企业名称", "Enterprise"),
    ("统一社会信用代码", "Credit code"),
    ("行政区划", "Region"),
    ("行业", "Sector"),
    ("总分", "Total"),
    ("能耗强度（吨标准煤/单位）", "Intensity (tce per unit)"),
    ("上年同期", "Same quarter of last year"),
    ("同比下降（%）", "Improvement (%)"),
    ("对标水平得分", "Level score"),
    ("同比改善得分", "Improvement score"),
    ("数据质量得分", "Quality score"),
    ("对标结果", "Standing"),
    ("不参加排名原因", "Not ranked because"),
)
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "advanced": ("达到先进值", "at the advanced value"),
    "within_entry": ("达到准入值", "within the entry value"),
    "within_limit": ("限额以内", "within the limit"),
    "over_limit": ("超过限额", "over the limit"),
    "no_intensity": ("能耗强度无法计算", "no intensity"),
    "no_benchmark": ("无对标标准", "no benchmark"),
    "no_last_year": ("无上年同期数据", "no figures of last year"),
    "poor_data": ("数据质量不足", "poor data"),
    "vetoed": ("一票否决", "vetoed"),
}


def ranking_columns(language: str) -> list[str]:
    """Headings of a ranking as a table."""
    return [zh if language.startswith("zh") else en for zh, en in _COLUMNS]


def ranking_word(code: str | None, language: str) -> str | None:
    """A standing or an exclusion in words."""
    if code is None:
        return None
    zh, en = _WORDS[code]
    return zh if language.startswith("zh") else en
