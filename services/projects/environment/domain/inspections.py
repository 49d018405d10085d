"""Filing an inspection of an enterprise (涉企检查备案): approved, refused, or put before a person (S30)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.common.web.problems import FieldError
from libs.common.workdays import WorkCalendar
from services.projects.environment.domain.limits import (
    Earlier,
    InspectionKind,
    InspectionLimit,
    LimitBasis,
    counted,
    limits_for,
    window,
)
from services.projects.environment.domain.quiet_days import (
    DayReason,
    ExemptionGround,
    Place,
    VisitDay,
    VisitRule,
    days_between,
    visit_day,
)
from services.projects.environment.errors import (
    InspectionDaysInvalid,
    InspectionNotBeforehand,
    TooFewInspectors,
)


class InspectionStatus(StrEnum):
    """待审批 awaiting approval, 已批准 approved, 不予批准 refused, 已实施 carried out, 已撤销 cancelled."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    REFUSED = "refused"
    CARRIED_OUT = "carried_out"
    CANCELLED = "cancelled"


class InspectionResult(StrEnum):
    """未发现问题 no findings, 责令改正 rectification ordered, 移送处理 referred, 立案查处 proceedings opened."""

    NO_FINDINGS = "no_findings"
    RECTIFICATION = "rectification"
    REFERRED = "referred"
    PROCEEDINGS = "proceedings"


class RefusalReason(StrEnum):
    """安静生产日, 封闭管理, 频次已满."""

    QUIET_DAY = "quiet_day"
    CLOSED_PARK = "closed_park"
    FREQUENCY = "frequency"


@dataclass(frozen=True, slots=True)
class Inspector:
    name: str
    certificate_no: str


@dataclass(frozen=True, slots=True)
class Party:
    """A unit that takes part, with the inspectors it sends."""

    unit_id: UUID
    inspectors: tuple[Inspector, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed. The first party leads; further ones make it a joint inspection (联合检查)."""

    kind: InspectionKind
    planned_from: date
    planned_to: date
    parties: tuple[Party, ...]
    exempt_ground: ExemptionGround | None = None

    @property
    def unit_ids(self) -> tuple[UUID, ...]:
        return tuple(party.unit_id for party in self.parties)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason against an inspection. ``inspection_ids`` are those that used the limit up."""

    reason: RefusalReason
    explanation_zh: str
    explanation_en: str
    on: date | None = None
    rule_code: str | None = None
    unit_id: UUID | None = None
    inspection_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    status: InspectionStatus
    refusals: tuple[Refusal, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class FilingTerms:
    """Numbers by rule: working days of notice, fewest inspectors a unit, most days of one inspection."""

    notice: int
    inspectors: int
    days: int


def demand_form(filing: Filing, terms: FilingTerms, today: date, calendar: WorkCalendar) -> None:
    """Raises InspectionDaysInvalid, InspectionNotBeforehand, TooFewInspectors, UnknownCalendarYear.

    Whoever claims an exempt ground need not give notice: an accident does not wait.
    """
    days = (filing.planned_to - filing.planned_from).days + 1
    if not 1 <= days <= terms.days:
        raise InspectionDaysInvalid(
            days=days, max_days=terms.days, errors=[FieldError("inspection.days_invalid", "/planned_to")]
        )
    notice = terms.notice if filing.exempt_ground is None else 0
    earliest = calendar.add_working_days(today, notice)
    if filing.planned_from < earliest:
        raise InspectionNotBeforehand(
            planned_from=filing.planned_from,
            earliest=earliest,
            notice=notice,
            errors=[FieldError("inspection.not_beforehand", "/planned_from")],
        )
    for number, party in enumerate(filing.parties):
        demand_inspectors(party, terms.inspectors, f"/parties/{number}/inspectors")
    if len(set(filing.unit_ids)) != len(filing.parties):
        raise TooFewInspectors(required=terms.inspectors, errors=[FieldError("inspection.unit_twice", "/parties")])


def demand_inspectors(party: Party, required: int, pointer: str) -> None:
    """Raises TooFewInspectors: certificates are counted, not lines."""
    if len({inspector.certificate_no for inspector in party.inspectors}) < max(required, len(party.inspectors)):
        raise TooFewInspectors(
            required=required,
            errors=[FieldError("inspection.inspectors_required", pointer, {"required": required})],
        )


def judge(
    filing: Filing,
    place: Place,
    rules: Sequence[VisitRule],
    limits: Iterable[InspectionLimit],
    earlier: Sequence[Earlier],
) -> Judgement:
    """Approved where nothing stands against it; with an exempt ground a person decides, else it is refused."""
    days = [visit_day(rules, place, on) for on in days_between(filing.planned_from, filing.planned_to)]
    refusals = [
        *(_on_day(day) for day in days if not day.allowed),
        *frequency_refusals(filing, place.region_code, limits, earlier),
    ]
    if not refusals:
        return Judgement(InspectionStatus.APPROVED)
    status = InspectionStatus.REFUSED if filing.exempt_ground is None else InspectionStatus.AWAITING_APPROVAL
    return Judgement(status, tuple(refusals))


def frequency_refusals(
    filing: Filing, region_code: str, limits: Iterable[InspectionLimit], earlier: Sequence[Earlier]
) -> list[Refusal]:
    """One refusal for each limit that is used up. A joint inspection counts once for the enterprise."""
    known = tuple(limits)
    found: list[Refusal] = []
    for unit_id in filing.unit_ids:
        for limit in limits_for(known, LimitBasis.UNIT, region_code, filing.kind, unit_id, filing.planned_from):
            found += _over(limit, filing, earlier, unit_id)
    lead = filing.unit_ids[0]
    for limit in limits_for(known, LimitBasis.ENTERPRISE, region_code, filing.kind, lead, filing.planned_from):
        found += _over(limit, filing, earlier, None)
    return found


def _over(
    limit: InspectionLimit, filing: Filing, earlier: Sequence[Earlier], unit_id: UUID | None
) -> list[Refusal]:
    used = counted(limit, earlier, filing.planned_from, unit_id)
    if len(used) < limit.max_count:
        return []
    first, last = window(limit.period, filing.planned_from)
    span = f"{first} – {last}"
    whom_zh = "该单位对该企业" if unit_id is not None else "各单位对该企业"
    whom_en = "This unit" if unit_id is not None else "All units together"
    return [
        Refusal(
            RefusalReason.FREQUENCY,
            f"{whom_zh}在 {span} 期间已备案检查 {len(used)} 次，上限 {limit.max_count} 次；可申请并入联合检查",
            f"{whom_en} already filed {len(used)} inspections of the enterprise in {span}, "
            f"{limit.max_count} are allowed; a joint inspection may be joined",
            unit_id=unit_id,
            inspection_ids=tuple(one.inspection_id for one in used),
        )
    ]


def _on_day(day: VisitDay) -> Refusal:
    zh, en = explain_day(day)
    reason = RefusalReason.CLOSED_PARK if day.reason is DayReason.CLOSED_PARK else RefusalReason.QUIET_DAY
    return Refusal(reason, zh, en, on=day.on, rule_code=None if day.rule is None else day.rule.code)


def explain_day(day: VisitDay) -> tuple[str, str]:
    """In a sentence each, Chinese and English, why the enterprise may or may not be visited on the day."""
    name = "" if day.rule is None else day.rule.name
    match day.reason:
        case DayReason.CLOSED_PARK:
            return f"{day.on} 园区实行封闭管理（{name}）", f"The park is closed-managed on {day.on} ({name})"
        case DayReason.DAY_OF_MONTH:
            return (
                f"{day.on} 为企业安静生产日（{name}：每月 {day.on.day} 日）",
                f"{day.on} is a quiet day ({name}: day {day.on.day} of each month)",
            )
        case DayReason.WEEKDAY:
            weekday = "一二三四五六日"[day.on.weekday()]
            return (
                f"{day.on} 为企业安静生产日（{name}：每周星期{weekday}）",
                f"{day.on} is a quiet day ({name}: every {day.on:%A})",
            )
        case DayReason.NAMED_DAY:
            return f"{day.on} 为企业安静生产日（{name}：指定日期）", f"{day.on} is a quiet day ({name}: named day)"
        case DayReason.EXCEPTED:
            return f"{day.on} 为 {name} 的例外日期，可以入企", f"{day.on} is excepted from {name}: visits are open"
        case DayReason.NOT_NAMED:
            return f"{day.on} 不在安静生产日内（{name}）", f"{day.on} is not among the quiet days ({name})"
        case DayReason.NO_RULE:
            return f"{day.on} 没有适用的安静生产日规则", f"No rule of quiet days concerns {day.on}"
