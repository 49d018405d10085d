"""Regimes: which projects report in which rhythm, to whom, by when and on what (S4).

旬过问、月通报、季检查、半年一小结、年终结硬账 of a county, 周监测、月总结、季考评、半年小结、
全年综合评定 of a town and 月监测、季考评 of a contest are regimes as data; each of their rhythms is a level.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from libs.common.workdays import WorkCalendar
from services.projects.cadences.errors import RegimeNotOrdered
from services.projects.ledger.domain.stages import ProjectKind
from services.projects.registry.domain.periods import Period, PeriodKind
from services.projects.registry.domain.records import Post
from services.projects.registry.domain.validity import Dated

# Stages in which a project has something to report: won and not finished.
REPORTING_STAGES = (Stage.SIGNED, Stage.STARTED, Stage.COMPLETED, Stage.IN_PRODUCTION)
INTERRUPTED = frozenset({Stage.SUSPENDED, Stage.TERMINATED})


class OwnerRule(StrEnum):
    """责任人 the project's responsible person, 责任单位 its unit, 挂帅领导 its lead official, 属地岗位 a post."""

    RESPONSIBLE_PERSON = "responsible_person"
    RESPONSIBLE_UNIT = "responsible_unit"
    LEAD_OFFICIAL = "lead_official"
    POST_IN_REGION = "post_in_region"


class ReportFact(StrEnum):
    """What a level may demand: 形象进度 progress, 完成投资 investment, 情况说明 narrative."""

    PROGRESS = "progress"
    INVESTMENT = "investment"
    NARRATIVE = "narrative"


class AnswerKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a report; ``options`` are those of a choice."""

    code: str
    text: str
    kind: AnswerKind = AnswerKind.TEXT
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Level:
    """One rhythm of a regime; days are working days.

    A report is due ``due_days`` after its period's end, and overdue gravely ``grave_days`` after that (None:
    never). One that was returned is due ``rework_days`` later. ``post`` is whose with ``POST_IN_REGION``.
    """

    code: str
    name: str
    period: PeriodKind
    due_days: int
    owner: OwnerRule = OwnerRule.RESPONSIBLE_PERSON
    post: Post | None = None
    grave_days: int | None = 5
    rework_days: int = 2
    requires: tuple[ReportFact, ...] = ()
    questions: tuple[Question, ...] = ()

    def due_on(self, period: Period, calendar: WorkCalendar) -> date:
        """The last day in time. Raises UnknownCalendarYear."""
        return calendar.add_working_days(period.last, self.due_days)


@dataclass(frozen=True, slots=True)
class Regime(Dated):
    """A regime of a region: without ``kinds`` and ``size_bands`` for all, without levels it asks for nothing.

    Of entries with one code the narrowest region's counts for a project; regimes with other codes run beside it.
    """

    code: str
    name: str
    levels: tuple[Level, ...]
    kinds: tuple[ProjectKind, ...] = ()
    size_bands: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = REPORTING_STAGES
    key_only: bool = False
    source: str = ""


def check_regime(regime: Regime) -> None:
    """Raises RegimeNotOrdered naming every fault."""
    faults = _repeated([level.code for level in regime.levels], "/levels/{}/code", "cadence.level_repeated")
    faults += [
        FieldError("cadence.stage_never_reports", f"/stages/{place}")
        for place, stage in enumerate(regime.stages)
        if stage in INTERRUPTED
    ]
    if not regime.stages:
        faults.append(FieldError("cadence.stages_missing", "/stages"))
    for place, level in enumerate(regime.levels):
        faults += _level_faults(level, f"/levels/{place}")
    if faults:
        raise RegimeNotOrdered(errors=faults)


def _level_faults(level: Level, pointer: str) -> list[FieldError]:
    faults = []
    if (level.owner is OwnerRule.POST_IN_REGION) != (level.post is not None):
        faults.append(FieldError("cadence.post_goes_with_rule", f"{pointer}/post"))
    codes = [question.code for question in level.questions]
    faults += _repeated(codes, pointer + "/questions/{}/code", "cadence.question_repeated")
    for number, question in enumerate(level.questions):
        if (question.kind is AnswerKind.CHOICE) != bool(question.options):
            faults.append(FieldError("cadence.options_go_with_choice", f"{pointer}/questions/{number}/options"))
        elif len(set(question.options)) < len(question.options):
            faults.append(FieldError("cadence.option_repeated", f"{pointer}/questions/{number}/options"))
    return faults


def _repeated(codes: Sequence[str], pointer: str, fault: str) -> list[FieldError]:
    return [FieldError(fault, pointer.format(place)) for place, code in enumerate(codes) if code in codes[:place]]


def narrower(regime: Regime, regimes: Iterable[Regime], on: date) -> tuple[str, ...]:
    """Regions inside the regime's with an entry of their own on the day: their projects are not the regime's."""
    return tuple(
        sorted(
            other.region_code
            for other in regimes
            if other.code == regime.code
            and other.holds_on(on)
            and other.region_code is not None
            and other.narrowness > regime.narrowness
            and (regime.region_code is None or regime.holds_in(other.region_code))
        )
    )
