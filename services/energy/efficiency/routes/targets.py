"""``/v1/energy-targets`` and ``/v1/energy-vetoes``."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response

from libs.common.web.conditional import check_if_match, etag_of, honour_if_match
from libs.common.web.dependencies import ContextDep
from libs.common.web.listing import ListQuery, PageOf, page_response
from libs.common.web.problems import problems
from services.energy.efficiency.domain.targets import Pace
from services.energy.efficiency.errors import (
    EfficiencyNotFound,
    EnterpriseUnknown,
    PeriodUnfit,
    ProductUnknown,
    TargetExists,
    TargetUnfit,
    TargetWithdrawn,
    VetoExists,
    VetoLifted,
)
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.routes.answers import DECIDERS, KEEPERS, new_router, tagged
from services.energy.efficiency.schemas.targets import (
    TargetChange,
    TargetRead,
    TargetWrite,
    VetoLifting,
    VetoRead,
    VetoWrite,
    Withdrawal,
    target_read,
)
from services.energy.efficiency.service import targets as service
from services.energy.efficiency.service import vetoes
from services.energy.efficiency.tables import TargetRow, VetoRow

router = new_router()


@router.get("/energy-targets", response_model=PageOf[TargetRead])
async def list_energy_targets(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.TARGETS)]
) -> Any:
    """Targets with their light, pace by month and forecast."""
    page = await repository.list_visible(ctx.session, ctx.principal, query, TargetRow)
    return page_response(request, page, query, TargetRead, target_read)


@router.post(
    "/energy-targets",
    status_code=201,
    response_model=TargetRead,
    responses=problems(EnterpriseUnknown, TargetUnfit, ProductUnknown, TargetExists),
    dependencies=KEEPERS,
)
async def post_energy_target(body: TargetWrite, ctx: ContextDep, response: Response) -> TargetRead:
    """Set a target; it is judged at once by what is known of its year."""
    facts = {name: getattr(body, name) for name in TargetWrite.model_fields}
    return _shown(response, await service.set_target(ctx, **facts))


@router.get("/energy-targets/{target_id}", response_model=TargetRead, responses=problems(EfficiencyNotFound))
async def get_energy_target(target_id: UUID, ctx: ContextDep, response: Response) -> TargetRead:
    """One target as it was judged last."""
    row = await repository.get_visible(ctx.session, ctx.principal, TargetRow, target_id, lock=False)
    return _shown(response, row)


@router.patch(
    "/energy-targets/{target_id}",
    response_model=TargetRead,
    responses=problems(EfficiencyNotFound, TargetWithdrawn),
    dependencies=KEEPERS,
)
async def patch_energy_target(
    target_id: UUID, body: TargetChange, request: Request, ctx: ContextDep, response: Response
) -> TargetRead:
    """Change value, pace or who is responsible; it is judged anew."""
    row = await repository.get_visible(ctx.session, ctx.principal, TargetRow, target_id, lock=True)
    check_if_match(request, row.version)
    said = {name: getattr(body, name) for name in body.model_fields_set}
    responsible = {
        name: said.get(name, getattr(row, name)) for name in ("responsible_person_id", "responsible_unit_id")
    }
    changed = await service.change_target(
        ctx,
        row,
        value=body.value or row.value,
        pace=body.pace or Pace(row.pace),
        source=row.source if body.source is None else body.source,
        **responsible,
    )
    return _shown(response, changed)


@router.post(
    "/energy-targets/{target_id}/withdrawal",
    response_model=TargetRead,
    responses=problems(EfficiencyNotFound, TargetWithdrawn),
    dependencies=KEEPERS,
)
async def post_target_withdrawal(
    target_id: UUID, body: Withdrawal, request: Request, ctx: ContextDep, response: Response
) -> TargetRead:
    """Withdraw a target; what hangs on it ends."""
    row = await repository.get_visible(ctx.session, ctx.principal, TargetRow, target_id, lock=True)
    honour_if_match(request, row.version)
    return _shown(response, await service.withdraw_target(ctx, row, body.reason))


def _shown(response: Response, row: TargetRow) -> TargetRead:
    response.headers["ETag"] = etag_of(row.version)
    return target_read(row)


@router.get("/energy-vetoes", response_model=PageOf[VetoRead])
async def list_energy_vetoes(
    request: Request, ctx: ContextDep, query: Annotated[ListQuery, Depends(repository.VETOES)]
) -> Any:
    """Vetoes with what they rest on; ``filter[standing]=true`` shows those that stand."""
    page = await repository.list_visible(ctx.session, ctx.principal, query, VetoRow)
    return page_response(request, page, query, VetoRead)


@router.post(
    "/energy-vetoes",
    status_code=201,
    response_model=VetoRead,
    responses=problems(EnterpriseUnknown, PeriodUnfit, VetoExists),
    dependencies=DECIDERS,
)
async def post_energy_veto(body: VetoWrite, ctx: ContextDep, response: Response) -> VetoRead:
    """Set a veto by a decision, for what no target says."""
    return tagged(response, await vetoes.decide_veto(ctx, body.decided()), VetoRead)


@router.get("/energy-vetoes/{veto_id}", response_model=VetoRead, responses=problems(EfficiencyNotFound))
async def get_energy_veto(veto_id: UUID, ctx: ContextDep, response: Response) -> VetoRead:
    """One veto."""
    row = await repository.get_visible(ctx.session, ctx.principal, VetoRow, veto_id, lock=False)
    return tagged(response, row, VetoRead)


@router.post(
    "/energy-vetoes/{veto_id}/lifting",
    response_model=VetoRead,
    responses=problems(EfficiencyNotFound, VetoLifted),
    dependencies=DECIDERS,
)
async def post_veto_lifting(
    veto_id: UUID, body: VetoLifting, request: Request, ctx: ContextDep, response: Response
) -> VetoRead:
    """Lift a veto by a decision; it does not come back for the same ground."""
    row = await repository.get_visible(ctx.session, ctx.principal, VetoRow, veto_id, lock=True)
    honour_if_match(request, row.version)
    return tagged(response, await vetoes.waive_veto(ctx, row, body.note), VetoRead)
