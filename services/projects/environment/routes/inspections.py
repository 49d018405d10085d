"""``/v1/inspections`` and ``/v1/unfiled-inspections``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.contracts.projects import INSPECTION, UNFILED_INSPECTION
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from libs.common.workdays import UnknownCalendarYear
from services.projects.environment import errors
from services.projects.environment.repository import inspections as repository
from services.projects.environment.repository.rules import TRAIL, list_trail
from services.projects.environment.routes.answers import (
    DECIDERS,
    REPORTERS,
    WRITERS,
    tag,
)
from services.projects.environment.schemas.inspections import (
    Cancellation,
    InspectionCreate,
    InspectionDecision,
    InspectionPartyWrite,
    InspectionRead,
    InspectionReport,
    UnfiledReportCreate,
    UnfiledReportRead,
    UnfiledReportResolution,
)
from services.projects.environment.schemas.rules import TrailRead
from services.projects.environment.service import inspections, unfiled
from services.projects.environment.service.inspections import OpenedInspection
from services.projects.environment.service.joint_inspections import join

InspectionsQuery = Annotated[ListQuery, Depends(repository.INSPECTIONS.selecting(InspectionRead))]
UnfiledQuery = Annotated[ListQuery, Depends(repository.UNFILED.selecting(UnfiledReportRead))]
TrailQuery = Annotated[ListQuery, Depends(TRAIL.selecting(TrailRead))]

router = APIRouter(prefix="/v1/inspections", route_class=TransactionalRoute, tags=["environment"])
unfiled_router = APIRouter(prefix="/v1/unfiled-inspections", route_class=TransactionalRoute, tags=["environment"])


def _shown(response: Response, opened: OpenedInspection) -> InspectionRead:
    tag(response, opened.row)
    return InspectionRead.of(opened)


@router.get("", response_model=PageOf[InspectionRead])
async def list_inspections(request: Request, ctx: ContextDep, query: InspectionsQuery) -> Response:
    """Inspections of the caller's subtree; an enterprise sees its own. ``filter[participant]`` names any unit."""
    page = await repository.list_inspections(ctx.session, ctx.principal, query)
    units = await repository.units_of(ctx.session, [row.id for row in page.items])

    def read(row: Any) -> InspectionRead:
        return InspectionRead.of(OpenedInspection(row, units.get(row.id, [])))

    return page_response(request, page, query, InspectionRead, read)


@router.get("/changes", response_model=ChangePage)
async def list_inspection_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to inspections since a cursor."""
    return await read_changes(ctx.session, ctx.principal, [INSPECTION], after=after, limit=limit)


@router.post(
    "",
    status_code=201,
    response_model=InspectionRead,
    responses=problems(
        errors.UnknownReference,
        errors.OtherUnit,
        errors.ExemptionNeedsReason,
        errors.InspectionDaysInvalid,
        errors.InspectionNotBeforehand,
        errors.TooFewInspectors,
        errors.EnvironmentRuleMissing,
        UnknownCalendarYear,
    ),
    dependencies=[require(*WRITERS)],
)
async def file_inspection(body: InspectionCreate, ctx: ContextDep, response: Response) -> Any:
    """File an inspection beforehand. ``status`` says whether the rules approved or refused it, and why."""
    opened = await inspections.file_inspection(
        ctx,
        body.enterprise_id,
        body.filing(),
        subject=body.subject,
        basis=body.basis,
        exempt_reason=body.exempt_reason,
    )
    response.headers["Location"] = f"/v1/inspections/{opened.row.id}"
    return _shown(response, opened)


@router.get("/{inspection_id}", response_model=InspectionRead)
async def read_inspection(inspection_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One inspection."""
    opened = await inspections.open_inspection(ctx, inspection_id, lock=False)
    return not_modified(request, etag_of(opened.row.version)) or _shown(response, opened)


@router.get("/{inspection_id}/trail", response_model=PageOf[TrailRead])
async def list_inspection_trail(
    inspection_id: UUID, request: Request, ctx: ContextDep, query: TrailQuery
) -> Response:
    """Every step of an inspection."""
    await inspections.open_inspection(ctx, inspection_id, lock=False)
    return page_response(request, await list_trail(ctx.session, inspection_id, query), query, TrailRead)


@router.post(
    "/{inspection_id}/decisions",
    status_code=201,
    response_model=InspectionRead,
    responses=problems(errors.InspectionStatusWrong, errors.SamePerson, PreconditionFailed),
    dependencies=[require(*DECIDERS)],
)
async def decide_inspection(
    inspection_id: UUID, body: InspectionDecision, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Approve or refuse an inspection that claims an exempt ground; another person than who filed it."""
    opened = await inspections.open_inspection(ctx, inspection_id, lock=True)
    honour_if_match(request, opened.row.version)
    await inspections.decide(ctx, opened, approve=body.approve, note=body.note)
    return _shown(response, opened)


@router.post(
    "/{inspection_id}/parties",
    status_code=201,
    response_model=InspectionRead,
    responses=problems(
        errors.UnknownReference,
        errors.OtherUnit,
        errors.InspectionStatusWrong,
        errors.AlreadyTakesPart,
        errors.TooFewInspectors,
        errors.JoiningExceedsLimit,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def join_inspection(
    inspection_id: UUID, body: InspectionPartyWrite, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take part in an approved inspection instead of coming separately: the enterprise is visited once."""
    opened = await inspections.open_inspection(ctx, inspection_id, lock=True)
    honour_if_match(request, opened.row.version)
    return _shown(response, await join(ctx, opened, body.party()))


@router.post(
    "/{inspection_id}/report",
    status_code=201,
    response_model=InspectionRead,
    responses=problems(
        errors.OtherUnit,
        errors.InspectionStatusWrong,
        errors.InspectionNotYet,
        errors.OutsideFiledDays,
        errors.RectificationInvalid,
        PreconditionFailed,
    ),
    dependencies=[require(*WRITERS)],
)
async def report_inspection(
    inspection_id: UUID, body: InspectionReport, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Report what was found on one of the filed days."""
    opened = await inspections.open_inspection(ctx, inspection_id, lock=True)
    honour_if_match(request, opened.row.version)
    await inspections.carry_out(ctx, opened, body.report())
    return _shown(response, opened)


@router.post(
    "/{inspection_id}/cancellation",
    status_code=201,
    response_model=InspectionRead,
    responses=problems(errors.OtherUnit, errors.InspectionStatusWrong, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def cancel_inspection(
    inspection_id: UUID, body: Cancellation, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Give an inspection up before it takes place; it counts against no limit any more."""
    opened = await inspections.open_inspection(ctx, inspection_id, lock=True)
    honour_if_match(request, opened.row.version)
    await inspections.cancel(ctx, opened, body.reason)
    return _shown(response, opened)


@unfiled_router.get("", response_model=PageOf[UnfiledReportRead])
async def list_unfiled(request: Request, ctx: ContextDep, query: UnfiledQuery) -> Response:
    """Inspections that enterprises say nobody filed."""
    page = await repository.list_unfiled(ctx.session, ctx.principal, query)
    return page_response(request, page, query, UnfiledReportRead)


@unfiled_router.get("/changes", response_model=ChangePage)
async def list_unfiled_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> Any:
    """What happened to these reports since a cursor."""
    return await read_changes(ctx.session, ctx.principal, [UNFILED_INSPECTION], after=after, limit=limit)


@unfiled_router.post(
    "",
    status_code=201,
    response_model=UnfiledReportRead,
    responses=problems(
        errors.UnknownReference, errors.InspectionNotYet, errors.InspectionWasFiled, errors.AlreadyReported
    ),
    dependencies=[require(*REPORTERS)],
)
async def report_unfiled(body: UnfiledReportCreate, ctx: ContextDep, response: Response) -> Any:
    """Report an inspection that was not filed. The warning stands until somebody has looked into it."""
    row = await unfiled.report_unfiled(
        ctx, body.enterprise_id, body.unit_id, body.unit_name, body.came_on, body.description
    )
    response.headers["Location"] = f"/v1/unfiled-inspections/{row.id}"
    tag(response, row)
    return row


@unfiled_router.get("/{report_id}", response_model=UnfiledReportRead)
async def read_unfiled(report_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One report."""
    row = await unfiled.open_report(ctx, report_id, lock=False)
    tag(response, row)
    return not_modified(request, etag_of(row.version)) or row


@unfiled_router.post(
    "/{report_id}/resolution",
    status_code=201,
    response_model=UnfiledReportRead,
    responses=problems(
        errors.ReportSettled, errors.SamePerson, errors.OwnCause, errors.UnknownReference, PreconditionFailed
    ),
    dependencies=[require(*DECIDERS)],
)
async def resolve_unfiled(
    report_id: UUID, body: UnfiledReportResolution, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Confirm or dismiss a report; not by the unit concerned."""
    row = await unfiled.open_report(ctx, report_id, lock=True)
    honour_if_match(request, row.version)
    await unfiled.resolve_report(ctx, row, body.status, body.resolution, body.inspection_id)
    tag(response, row)
    return row
