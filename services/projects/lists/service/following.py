"""What is done about members: progress entries, reforms, and looks at pilots."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from libs.common.context import Context
from libs.common.local_time import today_of
from services.projects.duties.service import step_facts
from services.projects.lists.domain import pilots, reforms
from services.projects.lists.domain.lists import PILOTS, ListKind
from services.projects.lists.domain.pilots import PilotStage
from services.projects.lists.domain.reforms import Reform, ReformStage
from services.projects.lists.errors import DayBeforeEntry, NotAPilot, NotAReform
from services.projects.lists.repository import follow_up as repository
from services.projects.lists.service.lists import reporting_of
from services.projects.lists.service.members import Member, demand_past, demand_since_entry, store_member
from services.projects.lists.service.watching import settle_member
from services.projects.lists.tables import ListProgressRow, PilotFollowUpRow, ReformChangeRow, ReformRow
from services.projects.registry.service.placing import columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDraft:
    on: date | None
    stage: PilotStage
    energy_saved_tce: Decimal | None
    water_saved_m3: Decimal | None
    waste_reduced_t: Decimal | None
    waste_reused_t: Decimal | None
    invested_yuan: int | None
    evidence: str
    note: str


async def report_progress(ctx: Context, member: Member, on: date | None, content: str) -> ListProgressRow:
    """Record progress of a locked, standing member. It covers the oldest owed period that has begun.

    Raises DayAhead, DayBeforeEntry.
    """
    on = demand_since_entry(member.row, on, today_of(ctx))
    reporting, owed = reporting_of(member.list), member.row.owed_from
    covers = reporting is not None and owed is not None and on >= owed
    row = ListProgressRow(
        id=ctx.new_id(),
        member_id=member.row.id,
        on=on,
        period_from=owed if covers else None,
        content=content,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    if covers:
        assert reporting is not None
        assert owed is not None
        member.row.owed_from = reporting.after(owed)
        member.row.progress_due_on = reporting.due_on(member.row.owed_from)
    await store_member(ctx, member)
    await settle_member(ctx, member.row, member.list, member.enterprise)
    return row


async def put_reform(ctx: Context, member: Member, reform: Reform, existing: ReformRow | None) -> ReformRow:
    """State the reform of a locked member whole.

    Raises NotAReform, DayAhead, ReformStepRefused, ReformIncomplete, ReformStaffMismatch.
    """
    if member.list.kind != ListKind.STATE_REFORM.value:
        raise NotAReform(kind=member.list.kind)
    today = today_of(ctx)
    for name in ("approved_on", "carried_out_on"):
        on: date | None = getattr(reform, name)
        if on is not None:
            demand_past(on, today, f"/{name}")
    reforms.demand_step(None if existing is None else ReformStage(existing.stage), reform)
    facts = columns_of(reform)
    if existing is not None and repository.reform_of(existing) == reform:
        return existing
    row = existing or ReformRow(member_id=member.row.id, version=0, updated_at=ctx.now, **facts)
    for name, value in facts.items():
        setattr(row, name, value)
    ctx.session.add(row)
    row.advance(ctx.now)
    await ctx.session.flush()
    trail = step_facts(ctx, row.version, reform.stage.value, reform.note, facts)
    ctx.session.add(ReformChangeRow(member_id=row.member_id, **trail))
    await store_member(ctx, member)
    return row


async def follow_up(ctx: Context, member: Member, draft: FollowUpDraft) -> PilotFollowUpRow:
    """Record a look at a locked pilot. Looks come in the order of their days: each says how far it has come.

    Raises NotAPilot, DayAhead, DayBeforeEntry, PilotStepRefused, PilotNeedsEvidence.
    """
    if ListKind(member.list.kind) not in PILOTS:
        raise NotAPilot(kind=member.list.kind)
    on = demand_since_entry(member.row, draft.on, today_of(ctx))
    last_on = await repository.last_follow_up_on(ctx.session, member.row.id)
    if last_on is not None and on < last_on:
        raise DayBeforeEntry(on=on, joined_on=last_on)
    before = None if member.row.pilot_stage is None else PilotStage(member.row.pilot_stage)
    pilots.demand_step(before, draft.stage, draft.evidence)
    row = PilotFollowUpRow(
        id=ctx.new_id(),
        member_id=member.row.id,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        **columns_of(draft) | {"on": on},
    )
    ctx.session.add(row)
    member.row.pilot_stage = draft.stage.value
    await store_member(ctx, member)
    return row
