"""``/v1/gate-overrides``, ``/v1/projects/{id}/gate`` and ``/v1/gate-scans``."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.conditional import etag_of, honour_if_match, not_modified
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import Forbidden, PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.gate.errors import (
    NothingToOverride,
    OverrideAuthorityRequired,
    OverrideDeadlinePast,
    OverrideSpent,
)
from services.projects.gate.repository import reviews as repository
from services.projects.gate.routes.answers import AUTHORITIES
from services.projects.gate.schemas.gates import (
    GateRead,
    GateScanRead,
    OverrideCreate,
    OverrideRead,
    OverrideRevocation,
    PointRead,
)
from services.projects.gate.schemas.reviews import GateChangeRead
from services.projects.gate.service import overrides
from services.projects.gate.service.admission import points_of
from services.projects.gate.service.recording import project_at_gate
from services.projects.gate.service.watching import scan_gates, state_of

OverridesQuery = Annotated[ListQuery, Depends(repository.OVERRIDES.selecting(OverrideRead))]
ChangesQuery = Annotated[ListQuery, Depends(repository.CHANGES.selecting(GateChangeRead))]

router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["gate"])


@router.get("/gate-overrides", response_model=PageOf[OverrideRead])
async def list_overrides(request: Request, ctx: ContextDep, query: OverridesQuery) -> Response:
    """Overrides of the caller's projects, used ones included."""
    page = await repository.list_overrides(ctx.session, ctx.principal, query)
    return page_response(request, page, query, OverrideRead)


@router.post(
    "/gate-overrides",
    status_code=201,
    response_model=OverrideRead,
    responses=problems(OverrideAuthorityRequired, OverrideDeadlinePast, NothingToOverride),
    dependencies=[require(*AUTHORITIES)],
)
async def grant_override(body: OverrideCreate, ctx: ContextDep, response: Response) -> Any:
    """Let a project through once although reviews are lacking; a leader answers for it."""
    opened = await overrides.grant_override(
        ctx,
        body.project_id,
        body.point,
        reviews=tuple(body.reviews),
        reason=body.reason,
        make_good_by=body.make_good_by,
        approver_person_id=body.approver_person_id,
    )
    response.headers["Location"] = f"/v1/gate-overrides/{opened.override.id}"
    response.headers["ETag"] = etag_of(opened.version)
    return opened.row


@router.get("/gate-overrides/{override_id}", response_model=OverrideRead)
async def read_override(override_id: UUID, ctx: ContextDep, request: Request, response: Response) -> Any:
    """One override."""
    opened = await overrides.read_override(ctx, override_id)
    response.headers["ETag"] = etag_of(opened.version)
    return not_modified(request, etag_of(opened.version)) or opened.row


@router.post(
    "/gate-overrides/{override_id}/revocation",
    status_code=201,
    response_model=OverrideRead,
    responses=problems(OverrideSpent, PreconditionFailed),
    dependencies=[require(*AUTHORITIES)],
)
async def revoke_override(
    override_id: UUID, body: OverrideRevocation, ctx: ContextDep, request: Request, response: Response
) -> Any:
    """Take an override back before it is used."""
    opened = await overrides.read_override(ctx, override_id, lock=True)
    honour_if_match(request, opened.version)
    stored = await overrides.revoke_override(ctx, opened, body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    return stored.row


@router.get("/gate-overrides/{override_id}/history", response_model=PageOf[GateChangeRead])
async def list_override_history(
    override_id: UUID, request: Request, ctx: ContextDep, query: ChangesQuery
) -> Response:
    """Every step of the override, with who and why."""
    await overrides.read_override(ctx, override_id)
    page = await repository.list_changes(ctx.session, override_id, query)
    return page_response(request, page, query, GateChangeRead)


@router.get("/projects/{project_id}/gate", response_model=GateRead)
async def read_gate(project_id: UUID, ctx: ContextDep, on: date | None = None) -> Any:
    """How the gate stands at approval, start and commissioning on a day; today if absent."""
    project, today = await project_at_gate(ctx, project_id, lock=False), today_of(ctx)
    points = points_of(await state_of(ctx, project), on or today, today)
    return GateRead(project_id=project_id, on=on or today, points=[PointRead.of(point) for point in points])


@router.post(
    "/gate-scans",
    response_model=GateScanRead,
    responses=problems(Forbidden),
    dependencies=[require(Role.ADMIN)],
)
async def scan_now(ctx: ContextDep) -> Any:
    """Judge all projects whose gate may have closed behind them now, as the daily scan does."""
    return await scan_gates(ctx)
