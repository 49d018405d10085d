"""The inventory and the plans of a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import PhaseOutMilestoneReachedV1, PhaseOutReplannedV1
from services.energy.phase_out.domain.case import Category
from services.energy.phase_out.errors import DateInvalid, StepOutOfOrder
from services.energy.phase_out.service.recording import amended, changed, check_past, ensure_open
from services.energy.phase_out.tables import (
    PhaseOutCaseRow,
    PhaseOutItemRow,
    PhaseOutMilestoneRow,
    PhaseOutReplanRow,
)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """A piece of the inventory; ``nameplate`` holds whatever else is written there."""

    category: Category
    name: str
    source: str
    model: str | None = None
    serial_no: str | None = None
    maker: str | None = None
    made_on: date | None = None
    quantity: float = 1.0
    rated: float | None = None
    rated_unit: str | None = None
    nameplate: Mapping[str, str] = field(default_factory=dict)


def new_item(ctx: Context, case: PhaseOutCaseRow, facts: ItemFacts) -> PhaseOutItemRow:
    return PhaseOutItemRow(
        id=ctx.new_id(),
        case_id=case.id,
        category=facts.category.value,
        name=facts.name,
        model=facts.model,
        serial_no=facts.serial_no,
        maker=facts.maker,
        made_on=facts.made_on,
        quantity=facts.quantity,
        rated=facts.rated,
        rated_unit=facts.rated_unit,
        nameplate=dict(facts.nameplate),
        source=facts.source,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )


async def add_item(ctx: Context, case: PhaseOutCaseRow, facts: ItemFacts) -> PhaseOutItemRow:
    """Another piece of the inventory of a locked case. Raises CaseEnded."""
    ensure_open(case)
    row = new_item(ctx, case, facts)
    ctx.session.add(row)
    await ctx.session.flush()
    await amended(ctx, case, "items")
    return row


async def remove_item(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutItemRow, removed_on: date | None, note: str | None
) -> PhaseOutItemRow:
    """A piece was dismantled, or was not after all. Raises CaseEnded, DateInvalid."""
    ensure_open(case)
    if removed_on is not None:
        check_past(ctx, "removed_on", removed_on)
    if (row.removed_on, row.removal_note) != (removed_on, note):
        row.removed_on, row.removal_note = removed_on, note
        row.version += 1
        row.changed_at = ctx.now
        await amended(ctx, case, "items")
    return row


def new_milestone(
    ctx: Context, case: PhaseOutCaseRow, name: str, planned_on: date, note: str
) -> PhaseOutMilestoneRow:
    if not case.listed_on <= planned_on <= case.deadline_on:
        raise DateInvalid(name="planned_on", on=planned_on, not_before=case.listed_on)
    return PhaseOutMilestoneRow(
        id=ctx.new_id(),
        case_id=case.id,
        name=name,
        planned_on=planned_on,
        original_on=planned_on,
        note=note,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )


async def add_milestone(
    ctx: Context, case: PhaseOutCaseRow, name: str, planned_on: date, note: str
) -> PhaseOutMilestoneRow:
    """A step on the way of a locked case, by its deadline at the latest. Raises CaseEnded, DateInvalid."""
    ensure_open(case)
    row = new_milestone(ctx, case, name, planned_on, note)
    ctx.session.add(row)
    await ctx.session.flush()
    await amended(ctx, case, "milestones")
    return row


async def replan_milestone(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutMilestoneRow, planned_on: date, reason: str
) -> PhaseOutMilestoneRow:
    """Move a milestone of a locked case; its plans stay. Raises CaseEnded, DateInvalid, StepOutOfOrder."""
    ensure_open(case)
    if row.reached_on is not None:
        raise StepOutOfOrder(number=case.number, status=case.status, step="replanned")
    if not case.listed_on <= planned_on <= case.deadline_on:
        raise DateInvalid(name="planned_on", on=planned_on, not_before=case.listed_on)
    if planned_on != row.planned_on:
        before = row.planned_on
        record_replan(ctx, case, row.id, before, planned_on, reason)
        row.planned_on = planned_on
        row.version += 1
        row.changed_at = ctx.now
        facts = {"milestone": row.name, "before_on": before, "after_on": planned_on, "reason": reason}
        await changed(ctx, case, PhaseOutReplannedV1, **facts)
    return row


def record_replan(
    ctx: Context, case: PhaseOutCaseRow, milestone_id: UUID | None, before: date, after: date, reason: str
) -> None:
    ctx.session.add(
        PhaseOutReplanRow(
            id=ctx.new_id(),
            case_id=case.id,
            milestone_id=milestone_id,
            before_on=before,
            after_on=after,
            reason=reason,
            recorded_at=ctx.now,
            recorded_by=ctx.principal.subject,
        )
    )


async def reach_milestone(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutMilestoneRow, reached_on: date
) -> PhaseOutMilestoneRow:
    """A milestone of a locked case was reached. Raises CaseEnded, DateInvalid, StepOutOfOrder."""
    ensure_open(case)
    check_past(ctx, "reached_on", reached_on, not_before=case.listed_on)
    if row.reached_on is not None:
        raise StepOutOfOrder(number=case.number, status=case.status, step="reached")
    row.reached_on = reached_on
    row.version += 1
    row.changed_at = ctx.now
    facts = {"milestone": row.name, "planned_on": row.planned_on, "reached_on": reached_on}
    await changed(ctx, case, PhaseOutMilestoneReachedV1, **facts)
    return row
