"""Users, measures, tiers and reasons in the words of an office, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.energy.curtailment.domain.selection import SLOT_MINUTES, Why
from services.energy.curtailment.domain.users import Category, Measure

Words = tuple[str, str]

MEASURES: Final[Mapping[Measure, Words]] = {
    Measure.STAGGER: ("错峰", "staggering"),
    Measure.AVOID: ("避峰", "peak avoidance"),
    Measure.LIMIT: ("限电", "limiting"),
    Measure.CUT: ("拉闸", "cutting off"),
}
CATEGORIES: Final[Mapping[Category, Words]] = {
    Category.EMERGENCY_COMMAND: ("应急指挥和处置部门", "emergency command"),
    Category.GOVERNMENT: ("党政机关", "party and government"),
    Category.MEDIA: ("广播电视", "broadcasting"),
    Category.TELECOM: ("电信", "telecommunication"),
    Category.TRANSPORT: ("交通", "transport"),
    Category.RAIL: ("铁路", "railway"),
    Category.PRISON: ("监狱", "prison"),
    Category.PUBLIC_VENUE: ("重大社会活动场所", "venue of public events"),
    Category.HOSPITAL: ("医院", "hospital"),
    Category.FINANCE: ("金融机构", "financial institution"),
    Category.SCHOOL: ("学校", "school"),
    Category.WATER: ("供水", "water supply"),
    Category.HEATING: ("供热", "heating"),
    Category.ENERGY_SUPPLY: ("供能设施", "energy supply"),
    Category.RESIDENTIAL: ("居民生活", "residential"),
    Category.AGRICULTURE: ("农业生产", "farming"),
    Category.NATIONAL_PROJECT: ("国家重点工程", "national key project"),
    Category.MILITARY: ("军队、军工", "army and arms industry"),
    Category.ILLEGAL: ("违规建成或在建项目", "built against the rules"),
    Category.PHASED_OUT: ("产业结构调整目录淘汰类、限制类企业", "to be phased out or restricted"),
    Category.OVER_QUOTA: ("单位产品能耗超限额企业", "above the limit of energy per unit"),
    Category.LANDSCAPE_LIGHTING: ("景观照明、亮化工程", "landscape lighting"),
    Category.HIGH_CONSUMPTION: ("其他高耗能、高排放企业", "other high consumption or emission"),
    Category.ORDINARY: ("一般用户", "ordinary user"),
}
TIERS: Final[Mapping[int, Words]] = {
    1: ("Ⅳ级（蓝色）", "Ⅳ (blue)"),
    2: ("Ⅲ级（黄色）", "Ⅲ (yellow)"),
    3: ("Ⅱ级（橙色）", "Ⅱ (orange)"),
    4: ("Ⅰ级（红色）", "Ⅰ (red)"),
}
_WEEKDAYS: Final = (
    ("周一", "Monday"),
    ("周二", "Tuesday"),
    ("周三", "Wednesday"),
    ("周四", "Thursday"),
    ("周五", "Friday"),
    ("周六", "Saturday"),
    ("周日", "Sunday"),
)

# By reason, with the figures each names.
_WHY: Final[Mapping[Why, Words]] = {
    Why.INACTIVE: ("用户已停用", "the user is inactive"),
    Why.PROTECTED: ("属优先保障用户", "the user is protected"),
    Why.TIER: ("列入{tier_zh}，本次为{level_zh}", "in tier {tier_en}; the level is {level_en}"),
    Why.REST_DAY: ("{weekday_zh}为该企业厂休日，无负荷可调", "{weekday_en} is its weekly rest: no load to give"),
    Why.NOT_ITS_TURN: ("轮休组{group}当日不轮休", "rotation group {group} does not rest that day"),
    Why.EXCLUDED: ("该时段不可调用：{reason}", "not to be called then: {reason}"),
    Why.OUTAGE: ("该时段计划停电", "a planned outage cuts it off then"),
    Why.BUSY: ("该时段已在另一次有序用电执行中", "under another activation then"),
    Why.ELSEWHERE: ("不在缺口所涉范围内", "it does not draw from where the gap is"),
    Why.NO_MEASURE: ("未申报{measure_zh}可调节负荷", "it offers no load for {measure_en}"),
    Why.NO_LOAD: ("扣除保安负荷后无可调节负荷", "nothing is left above its security load"),
    Why.NO_METER: ("没有计量点，响应无法核定", "no meter: a response could not be verified"),
    Why.NOTICE: ("须提前 {notice} 分钟通知，已来不及", "its notice of {notice} minutes cannot be kept any more"),
    Why.DURATION: (
        "每次须调用 {shortest} 至 {longest} 分钟，与缺口时段不合",
        "a call lasts {shortest} to {longest} minutes, which does not fit",
    ),
    Why.OTHER_ROW: ("已以{other_zh}调用", "called already, by {other_en}"),
    Why.MEASURE: ("{harshest_zh}已够，不需{measure_zh}", "{harshest_en} is enough; no {measure_en} needed"),
    Why.LATER_TIER: ("先用{tier_zh}以前各级", "tiers before {tier_en} are enough"),
    Why.RESTRICTED_FIRST: ("重点限制用户已够，不动一般用户", "users restricted first are enough"),
    Why.FAIRNESS: (
        "今年已承担 {times} 次、{kwh} 千瓦时，多于入选各户",
        "gave {times} times and {kwh} kWh this year, against its size more than those chosen",
    ),
    Why.HARM: ("每千瓦时产值 {yuan} 元，高于入选各户", "{yuan} yuan of output a kWh, more than those chosen"),
    Why.NOT_NEEDED: ("缺口已覆盖，不再需要", "the gap is covered without it"),
}


def weekday(number: int) -> Words:
    """1 is Monday."""
    return _WEEKDAYS[number - 1]


def why(reason: Why, facts: Mapping[str, object]) -> Words:
    """The reason in both languages; facts ``x_zh`` and ``x_en`` are words, others figures."""
    zh, en = _WHY[reason]
    return zh.format_map(dict(facts)), en.format_map(dict(facts))


def pair(name: str, words: Words) -> dict[str, object]:
    """The words as facts ``name_zh`` and ``name_en``."""
    return {f"{name}_zh": words[0], f"{name}_en": words[1]}


def clock(slot: int) -> str:
    """``18:15`` for slot 73; 24:00 ends the day."""
    minutes = slot * SLOT_MINUTES
    return f"{minutes // 60:02}:{minutes % 60:02}"


def power(kw: float) -> str:
    return f"{kw:,.0f}" if abs(kw) >= 100 else f"{kw:,.1f}"
