"""Progress and investment entries: what may be recorded when, and what it does to the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.errors import (
    CorrectionNeedsNote,
    DateInFuture,
    OutsideConstruction,
    ProgressFallNeedsNote,
)


@dataclass(frozen=True, slots=True)
class Progress:
    """Completed share of the works at the end of a day, in percent."""

    on: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Investment:
    """Investment completed in one month; ``month`` is its first day."""

    month: date
    amount_yuan: int


def add_progress(
    project: Project, entries: Sequence[Progress], entry: Progress, note: str, today: date
) -> Project:
    """The project after one more progress entry; ``entries`` are those recorded so far, oldest day first.

    Late entries are welcome: what counts is that the works ran on that day. Progress that falls from one entry
    to the next needs a note. Raises DateInFuture, OutsideConstruction, ProgressFallNeedsNote.
    """
    if entry.on > today:
        raise DateInFuture(on=entry.on, today=today, errors=[FieldError("date.in_future", "/on")])
    started_on = project.planned(Milestone.START).actual_on
    if started_on is None or entry.on < started_on or _is_after_interruption(project, entry.on):
        raise OutsideConstruction(on=entry.on, stage=project.stage, errors=[FieldError("entry.outside", "/on")])
    before = [known for known in entries if known.on <= entry.on]
    after = [known for known in entries if known.on > entry.on]
    falls = (before and entry.percent < before[-1].percent) or (after and after[0].percent < entry.percent)
    if falls and not note.strip():
        beside = before[-1] if before and entry.percent < before[-1].percent else after[0]
        raise ProgressFallNeedsNote(
            percent=entry.percent,
            recorded_percent=beside.percent,
            recorded_on=beside.on,
            errors=[FieldError("fact.required", "/note")],
        )
    return summarise_progress(project, [*before, entry, *after])


def summarise_progress(project: Project, entries: Sequence[Progress]) -> Project:
    """The project with the figures that follow from all its progress entries, oldest day first."""
    reached, last_advance_on = Decimal(0), None
    for entry in entries:
        if entry.percent > reached:
            last_advance_on = entry.on
        reached = entry.percent
    latest = entries[-1] if entries else None
    return replace(
        project,
        percent=latest.percent if latest else None,
        last_progress_on=latest.on if latest else None,
        last_advance_on=last_advance_on,
    )


def set_investment(
    project: Project, entries: Sequence[Investment], entry: Investment, note: str, today: date
) -> Project:
    """The project after a month's investment was recorded or, with a note, corrected.

    Money may flow from the signing on. Raises DateInFuture, OutsideConstruction, CorrectionNeedsNote.
    """
    month = entry.month.replace(day=1)
    if month > today:
        raise DateInFuture(on=month, today=today, errors=[FieldError("date.in_future", "/month")])
    signed_on = project.signed_on
    if signed_on is None or month < signed_on.replace(day=1) or _is_after_end(project, month):
        raise OutsideConstruction(on=month, stage=project.stage, errors=[FieldError("entry.outside", "/month")])
    known = {investment.month: investment.amount_yuan for investment in entries}
    if month in known and known[month] != entry.amount_yuan and not note.strip():
        raise CorrectionNeedsNote(
            month=f"{month:%Y-%m}",
            recorded_yuan=known[month],
            amount_yuan=entry.amount_yuan,
            errors=[FieldError("fact.required", "/note")],
        )
    known[month] = entry.amount_yuan
    paid_months = [paid for paid, amount in known.items() if amount > 0]
    return replace(
        project,
        invested_yuan=sum(known.values()),
        last_investment_month=max(paid_months, default=None),
    )


def _is_after_interruption(project: Project, on: date) -> bool:
    return project.interrupted_on is not None and on > project.interrupted_on


def _is_after_end(project: Project, month: date) -> bool:
    # A suspended project may still pay its debts; a terminated one is closed.
    ended = project.stage is Stage.TERMINATED
    return ended and project.interrupted_on is not None and month > project.interrupted_on
