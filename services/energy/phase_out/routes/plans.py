"""Inventory and milestones of a case."""

from uuid import UUID

from fastapi import Request, Response

from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import Duplicate, PreconditionFailed, PreconditionRequired, problems
from services.energy.phase_out import repository
from services.energy.phase_out.act_schemas import CaseDetail
from services.energy.phase_out.errors import CaseEnded, CaseNotFound, CasePartNotFound, DateInvalid, StepOutOfOrder
from services.energy.phase_out.routes.common import KEEPERS, answer, locked, new_router
from services.energy.phase_out.schemas import ItemRemoval, ItemWrite, MilestoneReplan, MilestoneWrite, Reached
from services.energy.phase_out.service import plans as service
from services.energy.phase_out.tables import PhaseOutItemRow, PhaseOutMilestoneRow

router = new_router()


@router.post(
    "/phase-out-cases/{case_id}/items",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CaseEnded, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_item(
    case_id: UUID, body: ItemWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Another piece of the inventory, with its nameplate."""
    case = await locked(ctx, request, case_id)
    await service.add_item(ctx, case, body.facts())
    return await answer(ctx, response, case)


@router.patch(
    "/phase-out-cases/{case_id}/items/{item_id}",
    response_model=CaseDetail,
    responses=problems(
        CaseNotFound, CasePartNotFound, CaseEnded, DateInvalid, PreconditionFailed, PreconditionRequired
    ),
    dependencies=KEEPERS,
)
async def patch_item(
    case_id: UUID, item_id: UUID, body: ItemRemoval, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """A piece was dismantled; the ETag is the case's."""
    case = await locked(ctx, request, case_id, demanded=True)
    row = await repository.get_part(ctx.session, PhaseOutItemRow, case, item_id)
    await service.remove_item(ctx, case, row, body.removed_on, body.note)
    return await answer(ctx, response, case)


@router.post(
    "/phase-out-cases/{case_id}/milestones",
    status_code=201,
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CaseEnded, DateInvalid, Duplicate, PreconditionFailed),
    dependencies=KEEPERS,
)
async def post_milestone(
    case_id: UUID, body: MilestoneWrite, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """A step on the way, planned between listing and deadline."""
    case = await locked(ctx, request, case_id)
    await service.add_milestone(ctx, case, body.name, body.planned_on, body.note)
    return await answer(ctx, response, case)


@router.patch(
    "/phase-out-cases/{case_id}/milestones/{milestone_id}",
    response_model=CaseDetail,
    responses=problems(
        CaseNotFound,
        CasePartNotFound,
        CaseEnded,
        DateInvalid,
        StepOutOfOrder,
        PreconditionFailed,
        PreconditionRequired,
    ),
    dependencies=KEEPERS,
)
async def patch_milestone(
    case_id: UUID, milestone_id: UUID, body: MilestoneReplan, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """Move a milestone, with the reason; its former plans stay. The ETag is the case's."""
    case = await locked(ctx, request, case_id, demanded=True)
    row = await repository.get_part(ctx.session, PhaseOutMilestoneRow, case, milestone_id)
    await service.replan_milestone(ctx, case, row, body.planned_on, body.reason)
    return await answer(ctx, response, case)


@router.post(
    "/phase-out-cases/{case_id}/milestones/{milestone_id}/reached",
    response_model=CaseDetail,
    responses=problems(CaseNotFound, CasePartNotFound, CaseEnded, DateInvalid, StepOutOfOrder, PreconditionFailed),
    dependencies=KEEPERS,
)
async def reach_milestone(
    case_id: UUID, milestone_id: UUID, body: Reached, request: Request, ctx: ContextDep, response: Response
) -> CaseDetail:
    """A milestone was reached."""
    case = await locked(ctx, request, case_id)
    row = await repository.get_part(ctx.session, PhaseOutMilestoneRow, case, milestone_id)
    await service.reach_milestone(ctx, case, row, body.reached_on)
    return await answer(ctx, response, case)
