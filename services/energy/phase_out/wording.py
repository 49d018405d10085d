"""What cases of phase-out are warned of, in words that an office uses, in both languages."""

from __future__ import annotations

from services.energy.phase_out.domain.deadlines import DateKind, Near, Past, PendingDate
from services.energy.phase_out.tables import PhaseOutCaseRow


def _what(pending: PendingDate) -> tuple[str, str]:
    match pending.kind:
        case DateKind.DEADLINE:
            return "限期", "the deadline"
        case DateKind.EXECUTION:
            return "关停执行期限", "the day by which the closure was to be executed"
        case DateKind.MILESTONE:
            return f"节点“{pending.name}”", f"the milestone “{pending.name}”"


def _scale(case: PhaseOutCaseRow) -> tuple[str, str]:
    if case.required is None:
        return "按目录一律淘汰", "banned by the catalogue"
    sign_zh, sign_en = ("不低于", "at least") if case.comparator == "at_least" else ("不高于", "at most")
    required = f"{case.required:,g} {case.unit}"
    measured_zh = "尚无实测" if case.measured is None else f"实测 {case.measured:,g} {case.unit}"
    measured_en = "nothing measured yet" if case.measured is None else f"measured {case.measured:,g} {case.unit}"
    return f"要求{sign_zh} {required}，{measured_zh}", f"required {sign_en} {required}, {measured_en}"


def due_soon(case: PhaseOutCaseRow, near: Near) -> tuple[str, str]:
    what_zh, what_en = _what(near.pending)
    scale_zh, scale_en = _scale(case)
    on = near.pending.on
    if near.left.working_days is not None:
        left_zh, left_en = f"还剩 {near.left.working_days} 个工作日", f"{near.left.working_days} working days left"
    else:
        year = near.left.unknown_year
        left_zh = f"还剩 {near.calendar_days} 天（{year} 年工作日历未登记，无法按工作日计）"
        left_en = f"{near.calendar_days} days left (the calendar of {year} is not known, so no working days)"
    zh = f"{case.enterprise_name}（{case.title}）{what_zh} {on} 临近，{left_zh}；{scale_zh}"
    en = f"{case.enterprise_name} ({case.title}): {what_en} {on} is near, {left_en}; {scale_en}"
    return zh, en


def overdue(case: PhaseOutCaseRow, past: Past) -> tuple[str, str]:
    what_zh, what_en = _what(past.pending)
    scale_zh, scale_en = _scale(case)
    zh = f"{case.enterprise_name}（{case.title}）{what_zh} {past.pending.on} 已过 {past.days} 天；{scale_zh}"
    en = f"{case.enterprise_name} ({case.title}): {what_en} {past.pending.on} passed {past.days} days ago; "
    en += scale_en
    if past.others:
        zh += f"；另有 {past.others} 项逾期"
        en += f"; {past.others} more overdue"
    return zh, en


def still_running(
    case: PhaseOutCaseRow, order_number: str, highest_kw: float, threshold_kw: float
) -> tuple[str, str]:
    zh = (
        f"{case.enterprise_name}（{case.title}）关停令 {order_number} 执行后仍在运行："
        f"最高负荷 {highest_kw:,.0f} 千瓦，判定线 {threshold_kw:,.0f} 千瓦"
    )
    en = (
        f"{case.enterprise_name} ({case.title}) still runs after closure order {order_number} "
        f"was executed: up to {highest_kw:,.0f} kW, {threshold_kw:,.0f} kW is the limit"
    )
    return zh, en


def restricted(case: PhaseOutCaseRow, standard_name: str) -> tuple[str, str]:
    zh = f"属淘汰类：{standard_name}，{case.listed_on} 列入，限期 {case.deadline_on}（{case.number}）"
    en = f"to be phased out: {standard_name}, listed {case.listed_on}, deadline {case.deadline_on} ({case.number})"
    return zh, en
