"""Taking part in an inspection that another unit filed (联合检查): one visit instead of two."""

from libs.common.context import Context
from libs.common.contracts.projects import InspectionJoinedV1
from libs.common.local_time import today_of
from services.projects.environment.domain import inspections as rules
from services.projects.environment.domain.inspections import Filing, InspectionStatus, Party
from services.projects.environment.domain.limits import InspectionKind, LimitPeriod, window
from services.projects.environment.errors import AlreadyTakesPart, InspectionStatusWrong, JoiningExceedsLimit
from services.projects.environment.repository import inspections as repository
from services.projects.environment.repository.rules import inspection_limits
from services.projects.environment.service.inspections import (
    OpenedInspection,
    demand_status,
    store,
    terms_of,
    unit_row,
)
from services.projects.environment.service.recording import demand_known, ensure_unit
from services.projects.environment.tables.inspections import InspectionRow
from services.projects.registry.repository import has_unit, lock_key


async def join(ctx: Context, opened: OpenedInspection, party: Party) -> OpenedInspection:
    """Another unit takes part instead of coming by itself (联合检查): still one visit for the enterprise.

    Raises UnknownReference, OtherUnit, InspectionStatusWrong, AlreadyTakesPart, TooFewInspectors,
    JoiningExceedsLimit.
    """
    row = opened.row
    await demand_known(ctx, [("/unit_id", party.unit_id, has_unit)])
    ensure_unit(ctx, [party.unit_id])
    demand_status(row, InspectionStatus.APPROVED)
    if row.planned_to < today_of(ctx):
        raise InspectionStatusWrong(inspection=row.code, status=InspectionStatus(row.status))
    if party.unit_id in opened.unit_ids:
        raise AlreadyTakesPart(inspection=row.code)
    terms = await terms_of(ctx, row.region_code)
    rules.demand_inspectors(party, terms.inspectors, "/inspectors")
    await lock_key(ctx.session, "inspection", str(row.enterprise_id))
    if not row.is_exempted:
        await _demand_below_limit(ctx, row, party)
    unit = unit_row(ctx, row, party, len(opened.units))
    ctx.session.add(unit)
    joined = OpenedInspection(row, [*opened.units, unit])
    payload = InspectionJoinedV1(
        inspection_id=row.id, code=row.code, enterprise_id=row.enterprise_id, unit_id=party.unit_id
    )
    await store(ctx, joined, payload, "joined", "", {"unit_id": str(party.unit_id)})
    return joined


async def _demand_below_limit(ctx: Context, row: InspectionRow, party: Party) -> None:
    earlier = await repository.earlier_of(
        ctx.session, row.enterprise_id, *window(LimitPeriod.YEAR, row.planned_from)
    )
    filing = Filing(InspectionKind(row.kind), row.planned_from, row.planned_to, (party,))
    # The enterprise is visited once either way: only the unit's own count can stand against joining.
    refusals = [
        refusal
        for refusal in rules.frequency_refusals(
            filing, row.region_code, await inspection_limits(ctx.session), earlier
        )
        if refusal.unit_id is not None
    ]
    if refusals:
        raise JoiningExceedsLimit(
            count=len(refusals[0].inspection_ids), inspection_ids=list(refusals[0].inspection_ids)
        )
