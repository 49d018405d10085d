"""``/v1/projects/{id}/formalities``, ``/milestones``, and ``/v1/formality-rules``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from libs.common.local_time import today_of
from libs.common.security.principal import Role
from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.projects.ledger import repository
from services.projects.ledger.domain.formalities import Formality
from services.projects.ledger.errors import (
    DateInFuture,
    FormalityNotOfKind,
    FormalityRuleIncomplete,
    MilestoneNeedsReason,
    ProjectTerminated,
)
from services.projects.ledger.routes.answers import WRITERS, LedgerDep, ToChange, shown
from services.projects.ledger.schemas import (
    FormalitiesRead,
    FormalityRead,
    FormalityRuleRead,
    FormalityRuleWrite,
    FormalityWrite,
    MilestoneCreate,
    MilestoneRead,
    MilestoneRemoval,
    MilestoneUpdate,
    ProjectRead,
)
from services.projects.ledger.service import milestones
from services.projects.registry.errors import (
    EverywhereForbidden,
    UnknownRegion,
    ValidityNotOrdered,
    ValidityOverlap,
)

MilestonesQuery = Annotated[ListQuery, Depends(repository.MILESTONES.selecting(MilestoneRead))]
RulesQuery = Annotated[ListQuery, Depends(repository.FORMALITY_RULES.selecting(FormalityRuleRead))]

router = APIRouter(prefix="/v1/projects/{project_id}", route_class=TransactionalRoute, tags=["ledger"])
rules_router = APIRouter(prefix="/v1", route_class=TransactionalRoute, tags=["ledger"])


@router.get("/formalities", response_model=FormalitiesRead)
async def list_formalities(project_id: UUID, ctx: ContextDep, ledger: LedgerDep) -> Any:
    """The formalities between signing and start of the project's kind, recorded or not."""
    opened = await ledger.read(ctx, project_id)
    states = await milestones.formalities_of(ctx, opened.project)
    return FormalitiesRead(items=[FormalityRead.of(state) for state in states])


@router.put(
    "/formalities/{formality}",
    response_model=FormalityRead,
    responses=problems(
        ProjectTerminated, FormalityNotOfKind, DateInFuture, MilestoneNeedsReason, PreconditionFailed
    ),
    dependencies=[require(*WRITERS)],
)
async def put_formality(
    project_id: UUID,
    formality: Formality,
    body: FormalityWrite,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Plan a formality or record it done. The ETag is the project's."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    stored, row = await milestones.put_formality(ledger, ctx, opened, formality, body.facts(), body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    states = await milestones.formalities_of(ctx, stored.project)
    return next(FormalityRead.of(state) for state in states if state.row is not None and state.row.id == row.id)


@router.get("/milestones", response_model=PageOf[MilestoneRead])
async def list_milestones(
    project_id: UUID, request: Request, ctx: ContextDep, ledger: LedgerDep, query: MilestonesQuery
) -> Response:
    """Milestones of the project's own."""
    await ledger.read(ctx, project_id)
    page = await repository.list_milestones(ctx.session, project_id, query)
    return page_response(request, page, query, MilestoneRead)


@router.post(
    "/milestones",
    status_code=201,
    response_model=MilestoneRead,
    responses=problems(ProjectTerminated, DateInFuture, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def create_milestone(
    body: MilestoneCreate,
    ctx: ContextDep,
    ledger: LedgerDep,
    opened: ToChange,
    response: Response,
) -> Any:
    """Add a milestone of the project's own. The ETag is the project's."""
    stored, row = await milestones.add_milestone(ledger, ctx, opened, body.facts())
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.patch(
    "/milestones/{milestone_id}",
    response_model=MilestoneRead,
    responses=problems(ProjectTerminated, DateInFuture, MilestoneNeedsReason),
    dependencies=[require(*WRITERS)],
)
async def patch_milestone(
    project_id: UUID,
    milestone_id: UUID,
    body: MilestoneUpdate,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Move a milestone or record it done; If-Match names the project's ETag."""
    opened = await ledger.open(ctx, project_id)
    check_if_match(request, opened.version)
    stored, row = await milestones.change_milestone(ledger, ctx, opened, milestone_id, body.facts(), body.reason)
    response.headers["ETag"] = etag_of(stored.version)
    return row


@router.post(
    "/milestones/{milestone_id}/removal",
    status_code=201,
    response_model=ProjectRead,
    responses=problems(ProjectTerminated, PreconditionFailed),
    dependencies=[require(*WRITERS)],
)
async def remove_milestone(
    project_id: UUID,
    milestone_id: UUID,
    body: MilestoneRemoval,
    ctx: ContextDep,
    ledger: LedgerDep,
    request: Request,
    response: Response,
) -> Any:
    """Take a milestone of the project's own away with a reason. Answers the project."""
    opened = await ledger.open(ctx, project_id)
    honour_if_match(request, opened.version)
    return shown(response, await milestones.remove_milestone(ledger, ctx, opened, milestone_id, body.reason))


@rules_router.get("/formality-rules", response_model=PageOf[FormalityRuleRead])
async def list_rules(request: Request, ctx: ContextDep, query: RulesQuery) -> Response:
    """Which formalities a kind goes through and a start requires, past and coming rules included."""
    page = await repository.list_formality_rules(ctx.session, ctx.principal, query)
    return page_response(request, page, query, FormalityRuleRead)


@rules_router.put(
    "/formality-rules",
    response_model=FormalityRuleRead,
    responses=problems(
        FormalityRuleIncomplete, ValidityNotOrdered, ValidityOverlap, EverywhereForbidden, UnknownRegion
    ),
    dependencies=[require(Role.ADMIN, Role.SUPERVISOR)],
)
async def put_rule(body: FormalityRuleWrite, ctx: ContextDep) -> Any:
    """Put a rule in force from its first day on; the one before it ends there."""
    return await milestones.put_formality_rule(ctx, body.rule(today_of(ctx)))
