"""What is recorded beside many projects, loaded at once and written at once by COPY."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.projects.ledger import bulk
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.funds import FundsArrival
from services.projects.ledger.domain.outputs import Output
from services.projects.ledger.repository import arrival_of, output_of
from services.projects.ledger.service.entry_store import EntryStore
from services.projects.ledger.tables import (
    AnnualPlanRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    PlanCurveRow,
    ProgressEntryRow,
)

KnownT = TypeVar("KnownT")
RowT = TypeVar("RowT")
Load = Callable[[AsyncSession, Collection[UUID]], Awaitable[dict[UUID, list[KnownT]]]]
Write = Callable[[AsyncSession, Sequence[RowT]], Awaitable[None]]


@dataclass(slots=True)
class _Shelf(Generic[KnownT, RowT]):
    """One kind of entry: ``known`` by project, and the rows to be written.

    ``known_of`` is what a row says; an entry with the ``key`` of another takes its place.
    """

    load: Load[KnownT]
    write: Write[RowT]
    known_of: Callable[[RowT], KnownT]
    key: Callable[[KnownT], Any] | None = None
    known: dict[UUID, list[KnownT]] = field(default_factory=dict)
    rows: list[RowT] = field(default_factory=list)

    def of(self, project_id: UUID) -> list[KnownT]:
        return self.known.setdefault(project_id, [])

    def keep(self, project_id: UUID, row: RowT) -> None:
        self.rows.append(row)
        known, new = self.of(project_id), self.known_of(row)
        if self.key is not None:
            key = self.key(new)
            known[:] = [one for one in known if self.key(one) != key]
        known.append(new)


# How many rows each shelf holds, and what it knows of one project.
EntryMark = tuple[tuple[int, tuple[Any, ...]], ...]


class BatchEntries(EntryStore):
    """The entries of a batch. Those of projects that were not loaded are taken to be none."""

    def __init__(self) -> None:
        self._progress: _Shelf[Progress, ProgressEntryRow] = _Shelf(
            bulk.progress_by_project, bulk.insert_progress, lambda row: Progress(row.on, row.percent)
        )
        self._investments: _Shelf[Investment, InvestmentEntryRow] = _Shelf(
            bulk.investments_by_project,
            bulk.upsert_investments,
            lambda row: Investment(row.month, row.amount_yuan),
            lambda entry: entry.month,
        )
        self._arrivals: _Shelf[FundsArrival, FundsArrivalRow] = _Shelf(
            bulk.arrivals_by_project, bulk.insert_arrivals, arrival_of
        )
        self._outputs: _Shelf[Output, OutputEntryRow] = _Shelf(
            bulk.outputs_by_project, bulk.upsert_outputs, output_of, lambda entry: entry.month
        )
        self._curves: _Shelf[PlanCurveRow, PlanCurveRow] = _Shelf(
            bulk.curves_by_project, bulk.insert_curves, lambda row: row
        )
        self._annual_plans: _Shelf[AnnualPlanRow, AnnualPlanRow] = _Shelf(
            bulk.annual_plans_by_project, bulk.upsert_annual_plans, lambda row: row, lambda row: row.year
        )

    @property
    def _shelves(self) -> tuple[_Shelf[Any, Any], ...]:
        return (
            self._progress,
            self._investments,
            self._arrivals,
            self._outputs,
            self._curves,
            self._annual_plans,
        )

    async def _load_entries(self, ctx: Context, ids: Collection[UUID]) -> None:
        for shelf in self._shelves:
            shelf.known = await shelf.load(ctx.session, ids)

    async def _write_entries(self, ctx: Context) -> None:
        for shelf in self._shelves:
            await shelf.write(ctx.session, shelf.rows)
            shelf.rows = []

    def _mark_entries(self, project_id: UUID | None) -> EntryMark:
        return tuple(
            (len(shelf.rows), () if project_id is None else tuple(shelf.known.get(project_id, ())))
            for shelf in self._shelves
        )

    def _undo_entries(self, project_id: UUID, mark: EntryMark) -> None:
        for shelf, (rows, known) in zip(self._shelves, mark, strict=True):
            del shelf.rows[rows:]
            shelf.known[project_id] = list(known)

    async def progress_of(self, ctx: Context, project_id: UUID) -> list[Progress]:
        return sorted(self._progress.of(project_id), key=lambda entry: entry.on)

    async def investments_of(self, ctx: Context, project_id: UUID) -> list[Investment]:
        return list(self._investments.of(project_id))

    async def arrivals_of(self, ctx: Context, project_id: UUID) -> list[FundsArrival]:
        return sorted(self._arrivals.of(project_id), key=lambda arrival: arrival.on)

    async def outputs_of(self, ctx: Context, project_id: UUID) -> dict[date, Output]:
        return {entry.month: entry for entry in self._outputs.of(project_id)}

    async def latest_curve(self, ctx: Context, project_id: UUID) -> PlanCurveRow | None:
        known = self._curves.of(project_id)
        return known[-1] if known else None

    async def annual_plan_of(self, ctx: Context, project_id: UUID, year: int) -> AnnualPlanRow | None:
        return next((row for row in self._annual_plans.of(project_id) if row.year == year), None)

    async def keep_progress(self, ctx: Context, row: ProgressEntryRow) -> None:
        self._progress.keep(row.project_id, row)

    async def keep_investment(self, ctx: Context, row: InvestmentEntryRow) -> None:
        self._investments.keep(row.project_id, row)

    async def keep_arrival(self, ctx: Context, row: FundsArrivalRow) -> None:
        self._arrivals.keep(row.project_id, row)

    async def keep_output(self, ctx: Context, row: OutputEntryRow) -> None:
        self._outputs.keep(row.project_id, row)

    async def keep_curve(self, ctx: Context, row: PlanCurveRow) -> None:
        self._curves.keep(row.project_id, row)

    async def keep_annual_plan(self, ctx: Context, row: AnnualPlanRow) -> None:
        self._annual_plans.keep(row.project_id, row)
