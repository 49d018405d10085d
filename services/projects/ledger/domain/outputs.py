"""Output by month, from the start of production on: what 投入产出率 (S3) is reckoned from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from libs.common.contracts.projects import Stage
from libs.common.web.problems import FieldError
from services.projects.ledger.domain.project import Project
from services.projects.ledger.domain.stages import Milestone
from services.projects.ledger.errors import DateInFuture, OutputCorrectionNeedsNote, OutsideProduction


@dataclass(frozen=True, slots=True)
class Output:
    """One month's output: value (产值) and tax (税金) in yuan, the product in the project's own unit.

    ``month`` is its first day. None is "not reported", which is not zero.
    """

    month: date
    output_value_yuan: int
    tax_yuan: int | None = None
    physical_output: Decimal | None = None


@dataclass(frozen=True, slots=True)
class OutputTotal:
    """Sums over a period; ``months`` of it were reported, ``tax_months`` with their tax."""

    output_value_yuan: int
    tax_yuan: int | None
    months: int
    tax_months: int


def set_output(
    project: Project, known: Mapping[date, Output], entry: Output, note: str, today: date
) -> Output | None:
    """Whether a month may be recorded or, with a note, corrected; answers what was known of it.

    Raises DateInFuture, OutsideProduction, OutputCorrectionNeedsNote.
    """
    if entry.month > today:
        raise DateInFuture(on=entry.month, today=today, errors=[FieldError("date.in_future", "/month")])
    began_on = project.planned(Milestone.PRODUCTION).actual_on
    ended_on = project.interrupted_on if project.stage is Stage.TERMINATED else None
    is_late = ended_on is not None and entry.month > ended_on
    if began_on is None or entry.month < began_on.replace(day=1) or is_late:
        raise OutsideProduction(
            month=f"{entry.month:%Y-%m}",
            stage=project.stage,
            errors=[FieldError("entry.outside_production", "/month")],
        )
    before = known.get(entry.month)
    if before is not None and before != entry and not note.strip():
        raise OutputCorrectionNeedsNote(
            month=f"{entry.month:%Y-%m}", errors=[FieldError("fact.required", "/note")]
        )
    return before
