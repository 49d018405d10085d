"""What a report has to hold: the facts and answers its level asks for, of its period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.cadences.domain.regimes import AnswerKind, Level, Question, ReportFact
from services.projects.cadences.errors import CheckIncomplete, CheckOutsidePeriod
from services.projects.registry.domain.periods import Period

Answer = str | bool | Decimal


@dataclass(frozen=True, slots=True)
class ReportedProgress:
    """Completed share of the works on a day; without one on the last day of the period, or today within it."""

    percent: Decimal
    on: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportedInvestment:
    """A month's completed investment, all of the month told so far."""

    month: date
    amount_yuan: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What is handed in on a check, beside the problems it raises."""

    narrative: str = ""
    progress: ReportedProgress | None = None
    investments: tuple[ReportedInvestment, ...] = ()
    answers: Mapping[str, Answer] | None = None


def check_report(report: Report, level: Level, period: Period, stage: Stage, today: date) -> None:
    """Raises CheckIncomplete naming all that is missing or of the wrong kind, CheckOutsidePeriod.

    Progress is demanded of works under way only and investment of all that may pay: a project that has been
    signed and not started has no progress to tell.
    """
    answers = report.answers or {}
    faults = list(_missing(report, level, stage))
    known = {question.code: question for question in level.questions}
    faults += [FieldError("check.question_unknown", f"/answers/{code}") for code in answers if code not in known]
    for code, question in known.items():
        if (fault := _answer_fault(question, answers.get(code))) is not None:
            faults.append(FieldError(fault, f"/answers/{code}"))
    if faults:
        raise CheckIncomplete(errors=faults)
    _demand_period(report, period, today)


def _missing(report: Report, level: Level, stage: Stage) -> Iterable[FieldError]:
    if ReportFact.PROGRESS in level.requires and report.progress is None and stage is Stage.STARTED:
        yield FieldError("fact.required", "/progress")
    if ReportFact.INVESTMENT in level.requires and not report.investments and stage is not Stage.PLANNED:
        yield FieldError("fact.required", "/investments")
    if ReportFact.NARRATIVE in level.requires and not report.narrative.strip():
        yield FieldError("fact.required", "/narrative")


def _answer_fault(question: Question, answer: Answer | None) -> str | None:
    if answer is None or (isinstance(answer, str) and not answer.strip()):
        return "fact.required" if question.required else None
    match question.kind:
        case AnswerKind.NUMBER:
            fits = isinstance(answer, Decimal)
        case AnswerKind.YES_NO:
            fits = isinstance(answer, bool)
        case AnswerKind.CHOICE:
            return None if answer in question.options else "check.answer_not_offered"
        case AnswerKind.TEXT:
            fits = isinstance(answer, str)
    return None if fits else "check.answer_of_other_kind"


def _demand_period(report: Report, period: Period, today: date) -> None:
    faults = []
    if report.progress is not None and not period.first <= progress_day(report.progress, period, today) <= today:
        faults.append(FieldError("check.outside_period", "/progress/on"))
    months = [entry.month.replace(day=1) for entry in report.investments]
    for place, month in enumerate(months):
        if month not in period.months:
            faults.append(FieldError("check.outside_period", f"/investments/{place}/month"))
        elif month in months[:place]:
            faults.append(FieldError("check.month_repeated", f"/investments/{place}/month"))
    if faults:
        raise CheckOutsidePeriod(first=period.first, last=period.last, errors=faults)


def progress_day(progress: ReportedProgress, period: Period, today: date) -> date:
    """The day the reported progress is of."""
    return progress.on or min(period.last, today)
