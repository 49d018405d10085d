"""What is said of places, vetoes and figures that are missing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from libs.common.contracts.projects.conditions import ProjectConditionKind
from services.projects.contest.domain.participants import Quarter
from services.projects.economy.domain.arithmetic import plain

Words = tuple[str, str]

OWN_CONDITIONS: Final = frozenset(
    {
        ProjectConditionKind.CONTEST_BOTTOM,
        ProjectConditionKind.CONTEST_DISQUALIFIED,
        ProjectConditionKind.CONTEST_APPEAL_OVERDUE,
    }
)
_GROUNDS: Final = {
    "energy": ("能耗", "energy"),
    "safety": ("安全生产", "safety"),
    "environment": ("环境保护", "environment"),
    "honesty": ("诚信", "honesty"),
    "wages": ("拖欠工资", "wages"),
    "other": ("其他", "other"),
}
_MISSING: Final = {
    "no_facts": ("无数据", "nothing is known"),
    "not_complete": ("数据不全", "too little is known"),
    "month_not_over": ("尚无整月数据", "no month is over yet"),
    "base_missing": ("缺上年同期数", "the year before is not known"),
    "base_not_positive": ("上年同期数不为正", "the year before was not above nought"),
    "not_compared": ("不计增长", "not compared with a year before"),
    "nothing_compared": ("各项均无数据", "no component has a figure"),
    "component_missing": ("缺项", "a component is missing"),
}


def quarter_zh(quarter: Quarter) -> str:
    return f"{quarter.year}年第{'一二三四'[quarter.number - 1]}季度"


def quarter_en(quarter: Quarter) -> str:
    return f"quarter {quarter.number} of {quarter.year}"


def vetoed(ground: str, explanation: Words) -> Words:
    zh, en = _GROUNDS.get(ground, (ground, ground))
    return (
        f"{zh}一票否决：{explanation[0]}" if explanation[0] else f"{zh}一票否决。",
        f"Vetoed ({en}): {explanation[1]}" if explanation[1] else f"Vetoed ({en}).",
    )


def missing(component: Words, reason: str) -> Words:
    zh, en = _MISSING.get(reason, (reason, reason.replace("_", " ")))
    if not component[0]:
        return f"未参加排名：{zh}。", f"Not ranked: {en}."
    return f"未参加排名：{component[0]}{zh}。", f"Not ranked: {component[1]}: {en}."


def bottom(contest: str, quarter: Quarter, rank: int, ranked: int, score: Decimal, *, again: bool) -> Words:
    zh, en = ("，连续两个季度", ", for the second quarter running") if again else ("", "")
    return (
        f"{contest}{quarter_zh(quarter)}得分{plain(score)}，在{ranked}个参赛对象中列第{rank}位，位居末位{zh}。",
        f"{contest}, {quarter_en(quarter)}: {plain(score)} points, place {rank} of {ranked}, among the last{en}.",
    )


def disqualified(contest: str, quarter: Quarter, why: Words) -> Words:
    return (
        f"{contest}{quarter_zh(quarter)}取消评比资格。{why[0]}",
        f"{contest}, {quarter_en(quarter)}: disqualified. {why[1]}",
    )


def undecided(name: str, filed_on: date, due_on: date) -> Words:
    return (
        f"{name}于{filed_on}提出申诉，应于{due_on}前作出决定，至今未决。",
        f"{name} appealed on {filed_on}; a decision was due by {due_on} and is not made.",
    )
