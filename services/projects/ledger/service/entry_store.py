"""What is recorded beside a project: read, and kept, for one project at a time."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from services.projects.ledger import repository
from services.projects.ledger.domain.entries import Investment, Progress
from services.projects.ledger.domain.funds import FundsArrival
from services.projects.ledger.domain.outputs import Output
from services.projects.ledger.tables import (
    AnnualPlanRow,
    FundsArrivalRow,
    InvestmentEntryRow,
    OutputEntryRow,
    PlanCurveRow,
    ProgressEntryRow,
)


class EntryStore:
    """Part of the ledger, which locks the project; imports put another in its place that knows many projects'."""

    async def progress_of(self, ctx: Context, project_id: UUID) -> list[Progress]:
        """Progress entries recorded so far, oldest day first."""
        return await repository.progress_of(ctx.session, project_id)

    async def investments_of(self, ctx: Context, project_id: UUID) -> list[Investment]:
        """Investment recorded so far, by month."""
        return await repository.investments_of(ctx.session, project_id)

    async def arrivals_of(self, ctx: Context, project_id: UUID) -> list[FundsArrival]:
        """Funds recorded so far, oldest day first."""
        return [repository.arrival_of(row) for row in await repository.arrivals_of(ctx.session, project_id)]

    async def outputs_of(self, ctx: Context, project_id: UUID) -> dict[date, Output]:
        """Output recorded so far, by month."""
        return await repository.outputs_of(ctx.session, project_id)

    async def latest_curve(self, ctx: Context, project_id: UUID) -> PlanCurveRow | None:
        """The planned course of the works that counts."""
        return await repository.latest_curve(ctx.session, project_id)

    async def annual_plan_of(self, ctx: Context, project_id: UUID, year: int) -> AnnualPlanRow | None:
        """The plan of a year, to be changed and kept."""
        return await repository.find_annual_plan(ctx.session, project_id, year)

    async def keep_progress(self, ctx: Context, row: ProgressEntryRow) -> None:
        ctx.session.add(row)

    async def keep_investment(self, ctx: Context, row: InvestmentEntryRow) -> None:
        await repository.store_investment(ctx.session, row)

    async def keep_arrival(self, ctx: Context, row: FundsArrivalRow) -> None:
        ctx.session.add(row)

    async def keep_output(self, ctx: Context, row: OutputEntryRow) -> None:
        await repository.store_output(ctx.session, row)

    async def keep_curve(self, ctx: Context, row: PlanCurveRow) -> None:
        ctx.session.add(row)

    async def keep_annual_plan(self, ctx: Context, row: AnnualPlanRow) -> None:
        ctx.session.add(row)
