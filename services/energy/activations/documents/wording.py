"""The words of the report, in Chinese as it is filed: headings, terms and figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.energy.activations.domain.quarters import local_text
from services.energy.activations.domain.report import DayReport, Line
from services.energy.activations.domain.verification import Unknown, Verdict
from services.energy.curtailment.domain.users import Measure

HEADINGS: Final = (
    "序号",
    "指令号",
    "企业名称",
    "统一社会信用代码",
    "措施",
    "开始",
    "结束",
    "应压减（千瓦）",
    "平均压减（千瓦）",
    "最大压减（千瓦）",
    "压减电量（千瓦时）",
    "欠缺电量（千瓦时）",
    "执行率",
    "完成率",
    "通知次数",
    "确认时间",
    "核定结果",
)
_MEASURES: Final = {
    Measure.STAGGER: "错峰",
    Measure.AVOID: "避峰",
    Measure.LIMIT: "限电",
    Measure.CUT: "拉闸",
}
_VERDICTS: Final = {Verdict.MET: "达标", Verdict.NOT_MET: "未达标", Verdict.CANNOT_TELL: "无法判定"}
_UNKNOWN: Final = {
    Unknown.CURVES_MISSING: "缺少负荷曲线",
    Unknown.BASELINE_DAYS_SHORT: "正常日不足",
    Unknown.CALENDAR_UNKNOWN: "节假日安排未知",
    Unknown.NOTHING_ORDERED: "无压减要求",
}
# What is not known is written so, never as zero.
NOT_KNOWN: Final = "—"


def title_of(report: DayReport) -> str:
    return f"{report.region_name or report.region_code}有序用电执行日报"


def verdict_of(line: Line) -> str:
    if line.verdict is None:
        return "待核定"
    text = _VERDICTS[Verdict(line.verdict)]
    return f"{text}（{_UNKNOWN[Unknown(line.unknown)]}）" if line.unknown else text


def measure_of(line: Line) -> str:
    return NOT_KNOWN if line.measure is None else _MEASURES[Measure(line.measure)]


def acknowledged_of(line: Line) -> str:
    if line.acknowledged_at is None:
        return "未确认"
    late = "（逾期）" if line.is_acknowledged_late else ""
    return local_text(line.acknowledged_at, "%m-%d %H:%M") + late


def number(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:,.0f}"


def percent(value: float | None) -> str:
    return NOT_KNOWN if value is None else f"{value:.1%}"


def summary(report: DayReport) -> list[str]:
    """The day in sentences."""
    totals = report.totals
    day = f"{report.day.year}年{report.day.month}月{report.day.day}日"
    if not totals.orders:
        return [f"{day}未执行有序用电。"]
    achieved = (
        "实际压减情况待核定"
        if totals.achieved_kw is None
        else f"平均压减 {number(totals.achieved_kw)} 千瓦，压减电量 {number(totals.energy_kwh)} 千瓦时，"
        f"执行率 {percent(totals.rate)}，欠缺电量 {number(totals.shortfall_kwh)} 千瓦时"
    )
    said = [
        f"{day}共下达有序用电指令 {totals.activations} 次，涉及企业 {totals.orders} 户次，"
        f"应压减负荷 {number(totals.ordered_kw)} 千瓦；{achieved}。",
        f"已确认 {totals.acknowledged} 户次，未确认 {totals.unacknowledged} 户次；达标 {totals.met} 户次，"
        f"未达标 {totals.not_met} 户次，无法判定 {totals.cannot_tell} 户次，待核定 {totals.unverified} 户次。",
    ]
    if report.silent:
        said.append(
            "未确认企业：" + "、".join(dict.fromkeys(line.enterprise_name for line in report.silent)) + "。"
        )
    if report.short:
        said.append(
            "未达标企业：" + "、".join(dict.fromkeys(line.enterprise_name for line in report.short)) + "。"
        )
    return said


def _names(lines: Sequence[Line]) -> str:
    return "、".join(dict.fromkeys(line.enterprise_name for line in lines))
