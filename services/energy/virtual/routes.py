"""``/v1/meters/{meter_no}/formula``: what virtual meters are made of."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from libs.common.context import Context
from libs.common.security.principal import Role, Scope
from libs.common.web.conditional import etag_of, not_modified
from libs.common.web.dependencies import ContextDep, require, require_scope
from libs.common.web.problems import PreconditionFailed, problems
from libs.common.web.routes import TransactionalRoute
from services.energy.metering import repository as metering_repository
from services.energy.metering.domain.meter import METER_NO_PATTERN
from services.energy.metering.errors import MeterNotFound, PeriodInverted
from services.energy.metering.tables import MeterRow
from services.energy.virtual import repository, service
from services.energy.virtual.errors import (
    FormulaCyclic,
    FormulaNotFound,
    MemberRepeated,
    MemberUnfit,
    MemberUnknown,
    NotVirtual,
    RecomputationTooLong,
)
from services.energy.virtual.schemas import FormulaRead, FormulaWrite, Recomputation, formula_read

router = APIRouter(prefix="/v1/meters", route_class=TransactionalRoute, tags=["virtual meters"])

MeterNo = Annotated[str, Path(pattern=METER_NO_PATTERN)]
_KEEPERS = [
    require(Role.ADMIN, Role.SUPERVISOR, Role.LEADER, Role.OFFICER),
    require_scope(Scope.ENERGY_WRITE),
]


async def _read(ctx: Context, row: MeterRow) -> FormulaRead:
    formula = await repository.find_formula(ctx.session, row.meter_index)
    if formula is None:
        raise FormulaNotFound(meter_no=row.meter_no)
    members = await repository.member_rows(ctx.session, row.meter_index)
    indexes = {member.member_index for member in members}
    numbers = await repository.visible_numbers(ctx.session, ctx.principal, indexes)
    waiting = await repository.due_days(ctx.session, row.meter_index)
    return formula_read(row.meter_no, formula, members, numbers, waiting)


@router.get("/{meter_no}/formula", response_model=FormulaRead, responses=problems(MeterNotFound, FormulaNotFound))
async def get_formula(meter_no: MeterNo, request: Request, ctx: ContextDep, response: Response) -> Any:
    """What a virtual meter is made of, and what of it is yet to be computed."""
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    found = await _read(ctx, row)
    response.headers["ETag"] = etag_of(found.version)
    return not_modified(request, etag_of(found.version)) or found


@router.put(
    "/{meter_no}/formula",
    response_model=FormulaRead,
    responses=problems(
        MeterNotFound,
        NotVirtual,
        MemberUnknown,
        MemberRepeated,
        MemberUnfit,
        FormulaCyclic,
        PreconditionFailed,
    ),
    dependencies=_KEEPERS,
)
async def put_formula(
    meter_no: MeterNo, body: FormulaWrite, request: Request, ctx: ContextDep, response: Response
) -> FormulaRead:
    """Say what a virtual meter is made of; the days that changes are computed anew within minutes."""
    facts = [member.facts() for member in body.members]
    await service.put_formula(ctx, meter_no, body.missing, facts, request.headers.get("if-match"))
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    found = await _read(ctx, row)
    response.headers["ETag"] = etag_of(found.version)
    return found


@router.post(
    "/{meter_no}/recomputations",
    status_code=202,
    responses=problems(MeterNotFound, FormulaNotFound, PeriodInverted, RecomputationTooLong),
    dependencies=_KEEPERS,
)
async def recompute(meter_no: MeterNo, body: Recomputation, ctx: ContextDep) -> FormulaRead:
    """Have days of a virtual meter computed in full; ``waiting`` of its formula tells how far it is."""
    await service.ask_again(ctx, meter_no, body.first, body.last)
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    return await _read(ctx, row)
