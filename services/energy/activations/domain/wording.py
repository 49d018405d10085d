"""Notices and findings in words that an office would send, in both languages; official Chinese first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from services.energy.activations.domain.quarters import local_text
from services.energy.curtailment.domain.users import Measure


class NoticeKind(StrEnum):
    """下达 order, 变更 amendment, 催办 reminder, 取消 cancellation."""

    ORDER = "order"
    AMENDMENT = "amendment"
    REMINDER = "reminder"
    CANCELLATION = "cancellation"


_MEASURES: Final = {
    Measure.STAGGER: ("错峰", "staggering"),
    Measure.AVOID: ("避峰", "avoiding the peak"),
    Measure.LIMIT: ("限电", "limitation"),
    Measure.CUT: ("拉闸", "disconnection"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says; ``steps``: from when on how many kW."""

    kind: NoticeKind
    code: str
    enterprise: str
    starts_at: datetime
    ends_at: datetime
    steps: tuple[tuple[datetime, float], ...]
    measure: Measure | None
    acknowledge_by: datetime | None
    reason: str


def notice(told: Told) -> tuple[str, str]:
    """The notice's text in Chinese and English."""
    return _zh(told), _en(told)


def power(kw: float) -> str:
    return f"{kw:,.0f}" if abs(kw) >= 100 else f"{kw:,.1f}"


def _day_zh(instant: datetime) -> str:
    # Months and days without the zero that strftime puts before them.
    month, day = local_text(instant, "%m %d").split()
    return f"{int(month)}月{int(day)}日"


def _span(told: Told, day: Callable[[datetime], str], to: str) -> str:
    begins, ends = day(told.starts_at), day(told.ends_at)
    until = "" if begins == ends else f"{ends} "
    return f"{begins} {local_text(told.starts_at, '%H:%M')}{to}{until}{local_text(told.ends_at, '%H:%M')}"


def _day_en(instant: datetime) -> str:
    return local_text(instant, "%Y-%m-%d")


def _zh(told: Told) -> str:
    span = _span(told, _day_zh, "至")
    if told.kind is NoticeKind.CANCELLATION:
        return (
            f"【有序用电】{told.enterprise}：{told.code} 号指令（{span}）已取消，恢复正常用电。"
            f"原因：{told.reason}。"
        )
    if told.ends_at <= told.starts_at:
        return f"【有序用电】{told.enterprise}：{told.code} 号指令已解除，无需压减负荷。原因：{told.reason}。"
    measure = f"（{_MEASURES[told.measure][0]}）" if told.measure else ""
    (_, first), *later = told.steps
    steps = f"压减负荷 {power(first)} 千瓦" + "".join(
        f"，{local_text(at, '%H:%M')} 起 {power(kw)} 千瓦" if kw > 0 else f"，{local_text(at, '%H:%M')} 起暂停"
        for at, kw in later
    )
    head = {
        NoticeKind.ORDER: "",
        NoticeKind.AMENDMENT: "指令变更：",
        NoticeKind.REMINDER: "催办：",
    }[told.kind]
    text = (
        f"【有序用电】{head}{told.enterprise}：{told.code} 号指令，请于 {span} {steps}{measure}。"
        f"原因：{told.reason}。"
    )
    if told.acknowledge_by is not None:
        text += f"请于 {_day_zh(told.acknowledge_by)} {local_text(told.acknowledge_by, '%H:%M')} 前确认。"
    return text


def _en(told: Told) -> str:
    span = _span(told, _day_en, " to ")
    if told.kind is NoticeKind.CANCELLATION:
        return (
            f"Orderly use: {told.enterprise}, order {told.code} ({span}) is cancelled; use power as usual. "
            f"Reason: {told.reason}."
        )
    if told.ends_at <= told.starts_at:
        return (
            f"Orderly use: {told.enterprise}, order {told.code} is lifted; nothing is to be reduced. "
            f"Reason: {told.reason}."
        )
    measure = f" ({_MEASURES[told.measure][1]})" if told.measure else ""
    (_, first), *later = told.steps
    steps = f"reduce load by {power(first)} kW" + "".join(
        f", from {local_text(at, '%H:%M')} " + (f"by {power(kw)} kW" if kw > 0 else "pause") for at, kw in later
    )
    head = {
        NoticeKind.ORDER: "",
        NoticeKind.AMENDMENT: "Amended. ",
        NoticeKind.REMINDER: "Reminder. ",
    }[told.kind]
    text = (
        f"Orderly use: {head}{told.enterprise}, order {told.code}: {span} {steps}{measure}. Reason: {told.reason}."
    )
    if told.acknowledge_by is not None:
        text += f" Acknowledge by {local_text(told.acknowledge_by, '%Y-%m-%d %H:%M')}."
    return text


def unacknowledged(code: str, enterprise: str, notices: int, due: datetime) -> tuple[str, str]:
    """Nobody has acknowledged the notice."""
    clock = local_text(due, "%m-%d %H:%M")
    return (
        f"{enterprise}对 {code} 号有序用电指令第 {notices} 次通知未确认，截止时间 {clock}",
        f"{enterprise} has not acknowledged notice {notices} of order {code}; it was due {clock}",
    )


def short(code: str, enterprise: str, ordered_kw: float, achieved_kw: float, at: datetime) -> tuple[str, str]:
    """Less is reduced than ordered, while the order runs."""
    clock = local_text(at, "%H:%M")
    return (
        f"{enterprise}执行 {code} 号有序用电指令不足：{clock} 应压减 {power(ordered_kw)} 千瓦，"
        f"实际 {power(achieved_kw)} 千瓦",
        f"{enterprise} falls short of order {code}: at {clock} {power(ordered_kw)} kW were to be reduced, "
        f"{power(achieved_kw)} kW are",
    )


def not_met(code: str, enterprise: str, ordered_kw: float, mean_kw: float, covered: float) -> tuple[str, str]:
    """The verdict of an order that was not met."""
    return (
        f"{enterprise}未完成 {code} 号有序用电指令：应压减 {power(ordered_kw)} 千瓦，"
        f"平均实际 {power(mean_kw)} 千瓦，完成率 {covered:.0%}",
        f"{enterprise} did not meet order {code}: {power(ordered_kw)} kW ordered, {power(mean_kw)} kW achieved on "
        f"average, {covered:.0%} covered",
    )
