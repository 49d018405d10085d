"""Vetoes: set and lifted by how targets stand, or by a person with a reason; each change is an event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import EnergyVetoLiftedV1, EnergyVetoSetV1
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from services.energy.efficiency.errors import PeriodUnfit, VetoExists, VetoLifted
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.repository.figures import get_enterprise
from services.energy.efficiency.repository.scopes import lock_key
from services.energy.efficiency.service.naming import region_or_code
from services.energy.efficiency.tables import TargetRow, VetoRow

YEAR_MISSED = "year_missed"
RED_MONTHS = "red_months"
DECISION = "decision"


@dataclass(frozen=True, slots=True)
class Ground:
    """Why a target vetoes: year_missed or red_months, in words, with the months as rows."""

    ground: str
    explanation_zh: str
    explanation_en: str
    rows: list[dict[str, Any]]


async def settle_veto(
    ctx: Context, target: TargetRow, known: Sequence[VetoRow], ground: Ground | None, lifting: str
) -> None:
    """Bring the veto of a locked target in line; ``lifting`` is why it does not hold where there is no ground.

    A veto that a person waived is not set anew for the same ground.
    """
    standing = next((row for row in known if row.lifted_at is None), None)
    if ground is None:
        if standing is not None:
            await lift(ctx, standing, lifting, "")
        return
    if standing is None:
        if any(row.waived and row.ground == ground.ground for row in known):
            return
        await _set(ctx, _row_of(ctx, target, ground))
    elif (standing.ground, standing.explanation_zh) != (ground.ground, ground.explanation_zh):
        standing.ground, standing.rows = ground.ground, ground.rows
        standing.explanation_zh, standing.explanation_en = ground.explanation_zh, ground.explanation_en
        standing.advance(ctx.now, ctx.principal.subject)
        await _tell(ctx, standing)


def _row_of(ctx: Context, target: TargetRow, ground: Ground) -> VetoRow:
    return VetoRow(
        id=ctx.new_id(),
        region_code=target.region_code,
        enterprise_id=target.enterprise_id,
        subject_name=target.subject_name,
        ground=ground.ground,
        target_id=target.id,
        period_from=date(target.year, 1, 1),
        period_to=date(target.year + 1, 1, 1),
        explanation_zh=ground.explanation_zh,
        explanation_en=ground.explanation_en,
        rows=ground.rows,
        set_at=ctx.now,
        set_by=ctx.principal.subject,
        waived=False,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )


@dataclass(frozen=True, slots=True)
class Decided:
    """A veto by a decision, such as for a product over its limit."""

    region_code: str
    enterprise_id: UUID | None
    period_from: date
    period_to: date
    reason: str


async def decide_veto(ctx: Context, decided: Decided) -> VetoRow:
    """Raises EnterpriseUnknown, NotFound, PeriodUnfit, VetoExists."""
    if decided.period_to <= decided.period_from:
        raise PeriodUnfit(first=decided.period_from, last=decided.period_to)
    region_code = decided.region_code
    if decided.enterprise_id is not None:
        enterprise = await get_enterprise(ctx.session, ctx.principal, decided.enterprise_id)
        name, region_code = enterprise.name, enterprise.region_code
    else:
        ensure_region(ctx.principal, region_code)
        name = await region_or_code(ctx.session, region_code)
    await lock_key(ctx.session, "energy_veto", f"{region_code}:{decided.enterprise_id}")
    for row in await repository.standing_vetoes(ctx.session, decided.period_from, decided.period_to):
        is_same = (row.region_code, row.enterprise_id) == (region_code, decided.enterprise_id)
        if is_same and row.ground == DECISION and row.period_from < decided.period_to:
            raise VetoExists(period_from=row.period_from)
    row = VetoRow(
        id=ctx.new_id(),
        region_code=region_code,
        enterprise_id=decided.enterprise_id,
        subject_name=name,
        ground=DECISION,
        period_from=decided.period_from,
        period_to=decided.period_to,
        explanation_zh=decided.reason,
        explanation_en=decided.reason,
        rows=[],
        set_at=ctx.now,
        set_by=ctx.principal.subject,
        waived=False,
        version=1,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    await _set(ctx, row)
    return row


async def waive_veto(ctx: Context, row: VetoRow, note: str) -> VetoRow:
    """Lift a locked veto by a person's decision. Raises VetoLifted."""
    if row.lifted_at is not None:
        raise VetoLifted(lifted_at=row.lifted_at)
    row.waived = True
    await lift(ctx, row, DECISION, note)
    return row


async def lift(ctx: Context, row: VetoRow, reason: str, note: str) -> None:
    row.lifted_at, row.lifted_by = ctx.now, ctx.principal.subject
    row.lifted_reason = f"{reason}: {note}" if note else reason
    row.advance(ctx.now, ctx.principal.subject)
    await ctx.session.flush()
    payload = EnergyVetoLiftedV1(
        veto_id=row.id,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        subject_name=row.subject_name,
        period_from=row.period_from,
        period_to=row.period_to,
        lifted_at=ctx.now,
        reason=reason,
        note=note,
    )
    await _record(ctx, row, payload)


async def _set(ctx: Context, row: VetoRow) -> None:
    ctx.session.add(row)
    await _tell(ctx, row)


async def _tell(ctx: Context, row: VetoRow) -> None:
    await ctx.session.flush()
    payload = EnergyVetoSetV1(
        veto_id=row.id,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        subject_name=row.subject_name,
        ground=row.ground,
        target_id=row.target_id,
        period_from=row.period_from,
        period_to=row.period_to,
        set_at=row.set_at,
        explanation_zh=row.explanation_zh,
        explanation_en=row.explanation_en,
    )
    await _record(ctx, row, payload)


async def _record(ctx: Context, row: VetoRow, payload: EnergyVetoSetV1 | EnergyVetoLiftedV1) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        # An end is read before the next beginning of the same target (decision 0010).
        ordered_by=str(row.target_id or row.id),
    )


async def vetoed_enterprises(ctx: Context, first: date, last: date) -> set[UUID]:
    """Enterprises against whom a veto stands for any of these days."""
    rows = await repository.standing_vetoes(ctx.session, first, last)
    return {row.enterprise_id for row in rows if row.enterprise_id is not None}


async def is_vetoed(ctx: Context, region_code: str, enterprise_id: UUID | None, year: int) -> bool:
    """Whether a veto stands in the year against the enterprise, or else against the region itself."""
    rows = await repository.standing_vetoes(ctx.session, date(year, 1, 1), date(year, 12, 31))
    return any(
        row.enterprise_id == enterprise_id and (enterprise_id is not None or row.region_code == region_code)
        for row in rows
    )
