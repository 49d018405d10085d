"""Planned courses of the works and planned investment by year: put as REST puts them.

A planned course (S 曲线) has a row for each of its months. The rows of a project are the whole course, in whatever
order they stand; where they differ from the course that is known, they are a new revision of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import ValidationError

from libs.common.remember import remembering
from libs.common.web.problems import DomainError, FieldError
from services.projects.exchange.domain.columns import Column, Kind
from services.projects.exchange.entities.base import (
    ImportEntity,
    Job,
    Outcome,
    Row,
    RowFault,
    demand_present,
    fault,
    refuse_existing,
    validated,
)
from services.projects.exchange.entities.recording import (
    PROJECT_CODE,
    RECORDED,
    load_batch,
    open_named,
    record_each,
    said,
)
from services.projects.ledger.errors import CurveNotOrdered
from services.projects.ledger.routes.answers import WRITERS
from services.projects.ledger.schemas import AnnualPlanWrite, CurvePointWrite, PlanCurveWrite
from services.projects.ledger.service.batch import BatchLedger
from services.projects.ledger.service.curves import put_annual_plan, put_curve
from services.projects.ledger.service.ledger import Opened

_YEARS = range(1990, 2101)
# The rows of one course must come together: as many as a file may have.
_ALL_ROWS = 1_000_000


async def _apply_curves(job: Job, rows: Sequence[Row]) -> None:
    with remembering(job.ctx.session):
        batch = await load_batch(job, rows)
        for code, points in _by_project(rows):
            mark = batch.mark(code)
            try:
                outcome = await _curve(job, batch, code, points)
            except (DomainError, ValidationError) as error:
                batch.undo(code, mark)
                _refuse(job, points, error)
            else:
                for row in points:
                    job.report.done(row, outcome)
        await batch.flush(job.ctx)


def _by_project(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each project, oldest month first, projects as they come."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row.values["project_code"]), []).append(row)
    for code, points in found.items():
        yield code, sorted(points, key=_month)


def _month(row: Row) -> date:
    month: date = row.values["month"]
    return month


async def _curve(job: Job, batch: BatchLedger, code: str, rows: Sequence[Row]) -> Outcome:
    opened = await open_named(job, batch, code)
    known = await batch.latest_curve(job.ctx, opened.project.id)
    points = [{"month": _month(row), "percent": _percent(row)} for row in rows]
    reasons = dict.fromkeys(str(row.values["reason"]) for row in rows if row.values.get("reason"))
    body = validated(PlanCurveWrite, {"points": points, "reason": "；".join(reasons)})
    wanted = [point.point() for point in body.points]
    if known is not None:
        refuse_existing(job, "project_code")
    after, _ = await put_curve(batch, job.ctx, opened, wanted, body.reason)
    if after.version == opened.version:
        return Outcome.UNCHANGED
    return Outcome.INSERTED if known is None else Outcome.UPDATED


def _percent(row: Row) -> Decimal:
    percent: Decimal = row.values["percent"]
    return percent


def _refuse(job: Job, rows: Sequence[Row], error: DomainError | ValidationError) -> None:
    """Show each fault at the row of its month; what concerns the whole course at its first row."""
    if isinstance(error, ValidationError):
        for row in rows:
            # One month alone shows its own faults in its own cells.
            try:
                validated(CurvePointWrite, said(row, "month", "percent"))
            except ValidationError as own:
                job.report.refused(row, own)
                return
    elif isinstance(error, CurveNotOrdered):
        for one in error.errors:
            _, _, place, name = one.pointer.split("/")
            job.report.refused(rows[int(place)], RowFault(errors=[FieldError(one.code, f"/{name}", one.params)]))
        return
    job.report.refused(rows[0], error)


async def _annual_plan(job: Job, batch: BatchLedger, row: Row, opened: Opened) -> Outcome:
    demand_present(row, ("year", "amount_yuan"))
    year = int(row.values["year"])
    if year not in _YEARS:
        raise fault("import.year_outside", "year", first=_YEARS[0], last=_YEARS[-1])
    body = validated(AnnualPlanWrite, said(row, "amount_yuan", "reason", "confirm_amount"))
    known = await batch.annual_plan_of(job.ctx, opened.project.id, year)
    if known is not None:
        refuse_existing(job, "year")
    after, _ = await put_annual_plan(
        batch, job.ctx, opened, year, int(body.amount_yuan), body.reason, confirmed=body.confirm_amount
    )
    if after.version == opened.version:
        return Outcome.UNCHANGED
    return Outcome.INSERTED if known is None else Outcome.UPDATED


async def _apply_annual_plans(job: Job, rows: Sequence[Row]) -> None:
    await record_each(job, rows, _annual_plan)


CURVES = ImportEntity(
    "plan-curves",
    (
        PROJECT_CODE,
        Column("month", Kind.MONTH, required=True, example="2026-06"),
        Column("percent", Kind.PERCENT, required=True, example="45"),
        Column("reason"),
        Column("revision", Kind.INTEGER, read_only=True),
        *RECORDED,
    ),
    key=("project_code", "month"),
    roles=WRITERS,
    apply=_apply_curves,
    batch_size=_ALL_ROWS,
)
ANNUAL_PLANS = ImportEntity(
    "annual-plans",
    (
        PROJECT_CODE,
        Column("year", Kind.INTEGER, required=True, example="2026"),
        Column("amount_yuan", Kind.MONEY, required=True, example="8000"),
        Column("reason"),
        Column("confirm_amount", Kind.BOOLEAN),
        Column("original_yuan", Kind.MONEY, read_only=True),
        *RECORDED,
    ),
    key=("project_code", "year"),
    roles=WRITERS,
    apply=_apply_annual_plans,
)
