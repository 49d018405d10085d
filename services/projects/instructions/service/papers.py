"""The facts of an instruction's papers: names from the registry, days in local time."""

from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.workdays import SHANGHAI
from services.projects.instructions import repository
from services.projects.instructions.domain.instruction import SubjectType, printed_number
from services.projects.instructions.domain.paper import Facts, Paper, reminder_letter, slip
from services.projects.instructions.errors import NothingToRemind
from services.projects.instructions.service.instructions import Opened
from services.projects.registry.tables import PersonRow, RegionRow, UnitRow


async def print_slip(ctx: Context, opened: Opened) -> Paper:
    """The 督办单."""
    return slip(await _facts(ctx, opened), today_of(ctx))


async def print_reminder_letter(ctx: Context, opened: Opened) -> Paper:
    """The 提醒函. Raises NothingToRemind."""
    if not opened.duty.is_pending:
        raise NothingToRemind(status=opened.duty.status)
    return reminder_letter(await _facts(ctx, opened), today_of(ctx))


async def _facts(ctx: Context, opened: Opened) -> Facts:
    row, duty = opened.row, opened.duty
    region = await ctx.session.get(RegionRow, row.issuer_region_code)
    feedback = await repository.feedback_of(ctx.session, row.id)
    subject = row.subject_name
    if row.figure_as_of is not None:
        subject += f"（截至{row.figure_as_of.year}年{row.figure_as_of.month}月{row.figure_as_of.day}日）"
    return Facts(
        office=f"{region.name if region is not None else row.issuer_region_code}督导组",
        number=printed_number(row.year, row.sequence),
        subject_type=SubjectType(row.subject_type),
        subject=subject,
        text=row.text,
        instructor=await _person(ctx, row.instructed_by_person_id) or "领导",
        issued_on=row.issued_on,
        lead_unit=await _unit(ctx, row.owner_unit_id),
        assisting_units=[await _unit(ctx, key) for key in opened.assisting_unit_ids],
        person=await _person(ctx, row.owner_person_id),
        due_on=duty.due_on,
        original_due_on=duty.original_due_on,
        status=duty.status,
        feedback=[(step.at.astimezone(SHANGHAI).date(), step.note) for step in feedback],
        resolution=duty.resolution,
        resolved_on=duty.resolved_on,
        closing_note=duty.closing_note,
        closed_on=duty.closed_on,
    )


async def _person(ctx: Context, key: UUID | None) -> str:
    row = None if key is None else await ctx.session.get(PersonRow, key)
    return "" if row is None else row.name


async def _unit(ctx: Context, key: UUID | None) -> str:
    row = None if key is None else await ctx.session.get(UnitRow, key)
    return "" if row is None else row.name
