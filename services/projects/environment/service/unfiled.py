"""Inspections nobody filed: reported by the enterprise, looked into by others than the unit concerned."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import UnfiledInspectionReportedV1, UnfiledInspectionResolvedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Finding, Subject
from services.projects.conditions.service import settle
from services.projects.environment.domain.quiet_days import visit_day
from services.projects.environment.domain.unfiled import CONDITION, ReportStatus, finding_of
from services.projects.environment.errors import (
    AlreadyReported,
    InspectionNotYet,
    InspectionWasFiled,
    ReportSettled,
    SamePerson,
    UnknownReference,
)
from services.projects.environment.repository import inspections as repository
from services.projects.environment.repository.rules import visit_rules
from services.projects.environment.service.quiet_days import place_of
from services.projects.environment.service.recording import (
    demand_found,
    demand_known,
    ensure_no_party,
    ensure_reached,
    give_code,
    note_step,
    open_enterprise,
    tell,
)
from services.projects.environment.tables.inspections import UnfiledInspectionRow
from services.projects.registry.repository import has_unit, lock_key
from services.projects.registry.tables import EnterpriseRow, UnitRow

SERIES = "FJ"


async def open_report(ctx: Context, report_id: UUID, *, lock: bool) -> UnfiledInspectionRow:
    """Raises NotFound."""
    row = demand_found(await repository.find_unfiled(ctx.session, report_id, lock=lock))
    ensure_reached(ctx, row.region_code, row.enterprise_id)
    return row


async def report_unfiled(
    ctx: Context, enterprise_id: UUID, unit_id: UUID | None, unit_name: str, came_on: date, description: str
) -> UnfiledInspectionRow:
    """Keep what the enterprise says, and open the condition at once: somebody has to look into it.

    Raises UnknownReference, NotFound, InspectionNotYet, InspectionWasFiled, AlreadyReported.
    """
    enterprise = await open_enterprise(ctx, enterprise_id)
    await demand_known(ctx, [("/unit_id", unit_id, has_unit)])
    today = today_of(ctx)
    if came_on > today:
        raise InspectionNotYet(on=came_on, today=today, errors=[FieldError("date.in_future", "/came_on")])
    await lock_key(ctx.session, "inspection", str(enterprise_id))
    unit_name = unit_name or "不明单位"
    if unit_id is not None:
        unit = await ctx.session.get(UnitRow, unit_id)
        unit_name = unit_name if unit is None else unit.name
        await _demand_news(ctx, enterprise_id, unit_id, came_on)
    row = UnfiledInspectionRow(
        id=ctx.new_id(),
        code=await give_code(ctx, SERIES),
        region_code=enterprise.region_code,
        enterprise_id=enterprise_id,
        unit_id=unit_id,
        unit_name=unit_name,
        came_on=came_on,
        description=description,
        status=ReportStatus.REPORTED.value,
        reported_on=today,
        reported_at=ctx.now,
        reported_by=ctx.principal.subject,
        version=0,
        updated_at=ctx.now,
    )
    payload = UnfiledInspectionReportedV1(
        report_id=row.id,
        code=row.code,
        enterprise_id=enterprise_id,
        unit_id=unit_id,
        unit_name=unit_name,
        came_on=came_on,
    )
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=enterprise_id)
    await note_step(ctx, row.id, "reported", description)
    day = visit_day(await visit_rules(ctx.session), await place_of(ctx, enterprise), came_on)
    await _settle(ctx, row, enterprise, [finding_of(came_on, today, unit_name, not day.allowed)])
    return row


async def resolve_report(
    ctx: Context,
    row: UnfiledInspectionRow,
    status: ReportStatus,
    resolution: str,
    inspection_id: UUID | None,
) -> None:
    """Confirm or dismiss a report, which clears its condition. ``inspection_id`` names the filing it went by.

    Raises ReportSettled, SamePerson, OwnCause, UnknownReference.
    """
    if row.status != ReportStatus.REPORTED.value:
        raise ReportSettled(report=row.code, status=ReportStatus(row.status))
    if row.reported_by == ctx.principal.subject:
        raise SamePerson
    ensure_no_party(ctx, [row.unit_id])
    if inspection_id is not None:
        filed = await repository.find_inspection(ctx.session, inspection_id)
        if filed is None or filed.enterprise_id != row.enterprise_id:
            raise UnknownReference(
                fields=["inspection_id"], errors=[FieldError("reference.unknown", "/inspection_id")]
            )
    row.status, row.resolution, row.inspection_id = status.value, resolution, inspection_id
    row.resolved_at, row.resolved_by = ctx.now, ctx.principal.subject
    payload = UnfiledInspectionResolvedV1(
        report_id=row.id,
        code=row.code,
        enterprise_id=row.enterprise_id,
        status=row.status,
        resolution=resolution,
        inspection_id=inspection_id,
    )
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=row.enterprise_id)
    await note_step(ctx, row.id, row.status, resolution)
    enterprise = await ctx.session.get(EnterpriseRow, row.enterprise_id)
    assert enterprise is not None, "enterprises are never removed"
    await _settle(ctx, row, enterprise, [])


async def _demand_news(ctx: Context, enterprise_id: UUID, unit_id: UUID, came_on: date) -> None:
    filed = await repository.standing_on(ctx.session, enterprise_id, unit_id, came_on)
    if filed is not None:
        raise InspectionWasFiled(inspection=filed.code, inspection_id=filed.id)
    known = await repository.find_report_of(ctx.session, enterprise_id, unit_id, came_on)
    if known is not None:
        raise AlreadyReported(report=known.code)


async def _settle(
    ctx: Context, row: UnfiledInspectionRow, enterprise: EnterpriseRow, findings: list[Finding]
) -> None:
    # The unit concerned is not made responsible: the warning goes to who oversees the region.
    subject = Subject(
        type="inspection",
        id=row.id,
        code=row.code,
        name=enterprise.name,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
    await settle(ctx, subject, findings, judged={CONDITION}, reason=lambda _: row.status)
