"""``/v1/projects/{id}/output-entries``, ``/plan-curve`` and ``/annual-plans``."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.web.conditional import etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import NotFound, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.domain.curve import planned_percent
from services.projects.ledger.errors import (
    AmountNeedsConfirmation,
    CurveNeedsReason,
    CurveNotOrdered,
    DateInFuture,
    OutputCorrectionNeedsNote,
    OutsideProduction,
    PlanNeedsReason,
    ProjectTerminated,
)
from services.projects.ledger.routes.answers import REPORTERS, WRITERS, LedgerDep, ToChange
from services.projects.ledger.schemas import (
    AnnualPlanRead,
    AnnualPlanWrite,
    CurveRevisionRead,
    OutputCreate,
    OutputRead,
    PlanCurveRead,
    PlanCurveWrite,
)
from services.projects.ledger.service import curves, outputs
from services.projects.ledger.service.ledger import Opened
from services.projects.ledger.tables import AnnualPlanRow

OutputsQuery = Annotated[ListQuery, Depends(repository.OUTPUTS.selecting(OutputRead))]
RevisionsQuery = Annotated[ListQuery, Depends(repository.CURVE_REVISIONS.selecting(CurveRevisionRead))]
AnnualQuery = Annotated[ListQuery, Depends(repository.ANNUAL_PLANS.selecting(AnnualPlanRead))]
Year = Annotated[int, Path(ge=1990, le=2100)]

router = APIRouter(prefix="/v1/projects/{project_id}", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/output-entries", response_model=PageOf[OutputRead])
async def list_outputs(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: OutputsQuery
) -> Response:
    """Output by month."""
    await ledger.read(ctx, project_id)
    page = await repository.list_outputs(ctx.session, project_id, query)
    return page_response(request, page, query, OutputRead)


@router.post(
    "/output-entries",
    status_code=201,
    response_model=OutputRead,
    responses=problems(
        DateInFuture, OutsideProduction, OutputCorrectionNeedsNote, AmountNeedsConfirmation, PreconditionFailed
    ),
    dependencies=[require(*REPORTERS)],
)
async def create_output(
    body: OutputCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Record or, with a note, correct a month's output, from the start of production on. The ETag is the
    project's.
    """
    stored, row = await outputs.record_output(
        ledger, ctx, opened, body.output(), body.note, confirmed=body.confirm_amount
    )
    response.headers["ETag"] = etag_of(stored.version)
    return row


async def _shown(ctx: Context, opened: Opened, on: date, response: Response) -> PlanCurveRead:
    row = await repository.latest_curve(ctx.session, opened.project.id)
    if row is None:
        raise NotFound
    planned = planned_percent(repository.curve_of(row), on)
    entries = await repository.progress_of(ctx.session, opened.project.id)
    actual = next((entry.percent for entry in reversed(entries) if entry.on <= on), None)
    response.headers["ETag"] = etag_of(opened.version)
    return PlanCurveRead.model_validate(
        {
            **row.model_dump(),
            "on": on,
            "planned_percent": planned,
            "actual_percent": actual,
            "behind_points": None if actual is None else planned - actual,
        }
    )


@router.get("/plan-curve", response_model=PlanCurveRead)
async def read_curve(
    project_id: UUID, ctx: ContextDep, ledger: LedgerDep, response: Response, on: date | None = None
) -> Any:
    """The planned course of the works, and where they should be and are on a day, today if none is named."""
    return await _shown(ctx, await ledger.read(ctx, project_id), on or today_of(ctx), response)


@router.put(
    "/plan-curve",
    response_model=PlanCurveRead,
    responses=problems(ProjectTerminated, CurveNotOrdered, CurveNeedsReason, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def put_curve(
    body: PlanCurveWrite,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Plan the course of the works, or with a reason plan it anew. The ETag is the project's."""
    points = [point.point() for point in body.points]
    stored, _ = await curves.put_curve(ledger, ctx, opened, points, body.reason)
    return await _shown(ctx, stored, today_of(ctx), response)


@router.get("/plan-curve/revisions", response_model=PageOf[CurveRevisionRead])
async def list_revisions(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: RevisionsQuery
) -> Response:
    """Every revision of the plan, the first one first."""
    await ledger.read(ctx, project_id)
    page = await repository.list_curves(ctx.session, project_id, query)
    return page_response(request, page, query, CurveRevisionRead)


@router.get("/annual-plans", response_model=PageOf[AnnualPlanRead])
async def list_annual_plans(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: AnnualQuery
) -> Response:
    """Planned investment by year, beside what was completed."""
    await ledger.read(ctx, project_id)
    page = await repository.list_annual_plans(ctx.session, project_id, query)
    invested = await repository.invested_by_year(ctx.session, [project_id])

    def read(row: AnnualPlanRow) -> AnnualPlanRead:
        return AnnualPlanRead.of(row, invested.get((project_id, row.year)))

    return page_response(request, page, query, AnnualPlanRead, read)


@router.put(
    "/annual-plans/{year}",
    response_model=AnnualPlanRead,
    responses=problems(ProjectTerminated, PlanNeedsReason, AmountNeedsConfirmation, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def put_annual_plan(
    project_id: UUID,
    year: Year,
    body: AnnualPlanWrite,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Plan a year's investment, or with a reason change the plan. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await curves.put_annual_plan(
        ledger, ctx, opened, year, int(body.amount_yuan), body.reason, confirmed=body.confirm_amount
    )
    response.headers["ETag"] = etag_of(stored.version)
    invested = await repository.invested_by_year(ctx.session, [project_id])
    return AnnualPlanRead.of(row, invested.get((project_id, year)))
