"""What the papers of an instruction say: 督办单 the slip, 提醒函 the reminder letter. Their wording is Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.projects.duties.domain.duty import DutyStatus
from services.projects.instructions.domain.instruction import SubjectType

_SUBJECTS = {
    SubjectType.PROJECT: "项目",
    SubjectType.PROBLEM: "项目问题",
    SubjectType.DECISION: "会议议定事项",
    SubjectType.APPROVAL: "审批事项",
    SubjectType.ALERT: "预警",
    SubjectType.FIGURE: "指标数据",
}
_STATUSES = {
    DutyStatus.OPEN: "待办理",
    DutyStatus.IN_HANDLING: "办理中",
    DutyStatus.RESOLVED: "已报办结，待审核",
    DutyStatus.CLOSED: "已销号",
}
# What stands where something is to be filled in by hand, or is not known.
_BLANK = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and days of an instruction, ready to be printed."""

    office: str
    number: str
    subject_type: SubjectType
    subject: str
    text: str
    instructor: str
    issued_on: date
    lead_unit: str
    assisting_units: Sequence[str]
    person: str
    due_on: date
    original_due_on: date
    status: DutyStatus
    feedback: Sequence[tuple[date, str]]
    resolution: str
    resolved_on: date | None
    closing_note: str
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed paper: a title, a line with number and day, then a letter's text or a table, then signatures."""

    title: str
    number: str
    dated: str
    addressee: str = ""
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    signatures: tuple[str, ...] = ()
    office: str = ""
    day: str = ""


def chinese_date(day: date) -> str:
    """2026年9月15日, as official papers write it."""
    return f"{day.year}年{day.month}月{day.day}日"


def slip(facts: Facts, today: date) -> Paper:
    """The 督办单."""
    deadline = chinese_date(facts.due_on)
    if facts.due_on != facts.original_due_on:
        deadline += f"（原限期{chinese_date(facts.original_due_on)}，经批准延期）"
    feedback = "\n".join(f"{chinese_date(on)}　{note}" for on, note in facts.feedback)
    rows = (
        ("督办事项", f"{_SUBJECTS[facts.subject_type]}：{facts.subject}"),
        ("批示内容", facts.text),
        ("批示领导", f"{facts.instructor}　　批示日期：{chinese_date(facts.issued_on)}"),
        ("牵头单位", facts.lead_unit),
        ("协办单位", "、".join(facts.assisting_units) or "无"),
        ("责 任 人", facts.person or _BLANK),
        ("办理时限", deadline),
        ("办理状态", _STATUSES[facts.status]),
        ("办理情况", feedback or _BLANK),
        ("办结报告", _with_day(facts.resolution, facts.resolved_on)),
        ("审核意见", _with_day(facts.closing_note, facts.closed_on)),
    )
    return Paper(
        title=f"{facts.office}督办单",
        number=facts.number,
        dated=f"打印日期：{chinese_date(today)}",
        rows=rows,
        signatures=("批示领导（签字）：", "牵头单位负责人（签字）：", "经办人（签字）："),
        office=facts.office,
        day=chinese_date(facts.issued_on),
    )


def reminder_letter(facts: Facts, today: date) -> Paper:
    """The 提醒函 to the lead unit."""
    late = (today - facts.due_on).days
    if late > 0:
        standing = f"该事项尚未报送办结情况，已逾期{late}天"
    elif late == 0:
        standing = "该事项尚未报送办结情况，今日到期"
    else:
        standing = f"该事项尚未报送办结情况，距办理时限还有{-late}天"
    latest = f"最近一次反馈为{chinese_date(facts.feedback[-1][0])}。" if facts.feedback else "至今未收到书面反馈。"
    paragraphs = (
        f"{chinese_date(facts.issued_on)}，{facts.instructor}就{_SUBJECTS[facts.subject_type]}“{facts.subject}”"
        f"作出批示：“{facts.text}”。该批示已列入督办事项（{facts.number}），由你单位牵头办理，"
        f"办理时限为{chinese_date(facts.due_on)}。",
        f"截至{chinese_date(today)}，{standing}。{latest}",
        "请你单位高度重视，明确专人，抓紧办理，并及时书面反馈办理进展和办结情况；确因客观原因不能按期办结的，"
        "请在办理时限届满前说明理由，按程序申请延期。",
        "特此函告。",
    )
    copies = "、".join(facts.assisting_units)
    return Paper(
        title="督办事项提醒函",
        number=facts.number,
        dated="",
        addressee=f"{facts.lead_unit}：",
        paragraphs=paragraphs,
        signatures=(f"抄送：{copies}",) if copies else (),
        office=facts.office,
        day=chinese_date(today),
    )


def _with_day(text: str, day: date | None) -> str:
    return f"{text}（{chinese_date(day)}）" if text and day is not None else _BLANK
