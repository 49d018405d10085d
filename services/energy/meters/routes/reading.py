"""Changes, history and codes of meters."""

from sqlmodel import col

from libs.common.contracts.energy import METER
from libs.common.outbox.tables import OutboxRow
from libs.common.web.change_feed import AfterParam, ChangePage, FeedLimitParam, read_changes
from libs.common.web.dependencies import ContextDep
from libs.common.web.problems import ChangesForgotten, problems
from services.energy.metering import repository as metering_repository
from services.energy.metering.errors import MeterNotFound
from services.energy.meters import repository
from services.energy.meters.routes.common import MeterNo, new_router
from services.energy.meters.schemas import AliasList, MeterHistory, alias_list, history_read, own_history

router = new_router()


@router.get("/changes", response_model=ChangePage, responses=problems(ChangesForgotten))
async def list_meter_changes(ctx: ContextDep, after: AfterParam = None, limit: FeedLimitParam = 100) -> ChangePage:
    """What happened to the caller's meters since a cursor; 410 when the history no longer reaches there."""
    own = col(OutboxRow.subject).in_(repository.visible_subjects(ctx.principal))
    return await read_changes(ctx.session, ctx.principal, [METER], after=after, limit=limit, where=own)


@router.get("/{meter_no}/history", response_model=MeterHistory, responses=problems(MeterNotFound))
async def get_history(meter_no: MeterNo, ctx: ContextDep) -> MeterHistory:
    """What held of a meter when, and who changed it when and why; for an enterprise since it is its own."""
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    periods = await repository.list_period_rows(ctx.session, row.meter_id)
    revisions = await repository.list_revisions(ctx.session, row.meter_id)
    if ctx.principal.is_enterprise_bound:
        periods, revisions = own_history(ctx.principal.enterprise_id, periods, revisions)
    return history_read(meter_no, row.offset_minutes, periods, revisions)


@router.get("/{meter_no}/aliases", response_model=AliasList, responses=problems(MeterNotFound))
async def list_aliases(meter_no: MeterNo, ctx: ContextDep) -> AliasList:
    """The codes of a meter in other systems."""
    row = await metering_repository.get_visible_row(ctx.session, ctx.principal, meter_no)
    return alias_list(meter_no, list(await repository.list_aliases(ctx.session, row.meter_id)))
