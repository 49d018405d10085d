"""A finding in a sentence, with its figures, in both languages of the people who are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from services.projects.conditions.domain.condition import Finding
from services.projects.oversight.domain.facts import ProjectFacts
from services.projects.oversight.domain.rules import ConditionKind, Rule
from services.projects.oversight.domain.slips import unmet

_OVERDUE = {
    ConditionKind.START_OVERDUE: ("开工", "start"),
    ConditionKind.COMPLETION_OVERDUE: ("竣工", "completion"),
    ConditionKind.PRODUCTION_OVERDUE: ("投产", "commissioning"),
    ConditionKind.OPENING_OVERDUE: ("开放", "opening"),
    ConditionKind.CAPACITY_OVERDUE: ("达产（竣工）", "full output or completion"),
}


def explained(kind: ConditionKind, finding: Finding, facts: ProjectFacts, rule: Rule) -> Finding:
    """The finding with its explanations."""
    if kind in _OVERDUE:
        zh, en = _OVERDUE[kind]
        chinese = f"计划 {finding.reference_on} {zh}，已逾期 {finding.days} 天"
        english = f"{en} was planned for {finding.reference_on}: {finding.days} days overdue"
    elif kind is ConditionKind.STALLED:
        chinese = f"自 {finding.reference_on} 起 {finding.days} 天无进展" + _course_zh(finding)
        english = f"{finding.days} days without progress since {finding.reference_on}" + _course_en(finding)
    elif kind is ConditionKind.BEHIND_PLAN:
        chinese = f"进度落后计划 {_points(finding)} 个百分点（{finding.days} 天）" + _course_zh(finding)
        english = f"{_points(finding)} points ({finding.days} days) behind plan" + _course_en(finding)
    else:
        chinese, english = _funds(finding, facts, rule)
    return replace(finding, explanation_zh=chinese, explanation_en=english)


def _points(finding: Finding) -> str:
    return f"{(finding.planned_percent or 0) - (finding.actual_percent or 0):.0f}"


def _course_zh(finding: Finding) -> str:
    parts = _course(finding, "计划 {:.0f} %", "实际 {:.0f} %")
    return f"；{'，'.join(parts)}" if parts else ""


def _course_en(finding: Finding) -> str:
    parts = _course(finding, "planned {:.0f} %", "actual {:.0f} %")
    return f"; {', '.join(parts)}" if parts else ""


def _course(finding: Finding, planned: str, actual: str) -> list[str]:
    figures = ((planned, finding.planned_percent), (actual, finding.actual_percent))
    return [form.format(value) for form, value in figures if value is not None]


def _funds(finding: Finding, facts: ProjectFacts, rule: Rule) -> tuple[str, str]:
    missing = unmet(facts, rule, finding.reference_on + timedelta(days=1))
    assert missing is not None, "a finding names what is missing"
    arrived = facts.verified_yuan or 0
    chinese = (
        f"应于 {missing.due_on} 前到位 {_wan(missing.amount_yuan)} 万元，已核实到位 {_wan(arrived)} 万元，"
        f"缺口 {_wan(missing.amount_yuan - arrived)} 万元，已逾期 {finding.days} 天"
    )
    english = (
        f"¥{missing.amount_yuan:,} due by {missing.due_on}, ¥{arrived:,} verified: "
        f"¥{missing.amount_yuan - arrived:,} short for {finding.days} days"
    )
    return chinese, english


def _wan(yuan: int) -> str:
    return f"{(Decimal(yuan) / 10_000).quantize(Decimal('0.01')).normalize():,f}"
