"""Closure orders, from issuing to a verification by the meters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy.phase_out import PhaseOutClosureAdvancedV1
from libs.common.local_time import today_of
from services.energy.phase_out import repository
from services.energy.phase_out.act_tables import PhaseOutOrderRow
from services.energy.phase_out.domain.case import STEPS, WITHDRAWABLE, Status, Step
from services.energy.phase_out.domain.running import Running
from services.energy.phase_out.errors import (
    CaseExists,
    DateInvalid,
    MeterNotOfEnterprise,
    StepOutOfOrder,
    StillRunning,
)
from services.energy.phase_out.service.recording import changed, check_past, ensure_open
from services.energy.phase_out.service.running import check_order
from services.energy.phase_out.tables import PhaseOutCaseRow


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """A closure order as it is issued; ``meter_nos`` None: everything of the enterprise must stand still."""

    number: str
    issuer: str
    scope: str
    issued_on: date
    execute_by: date
    meter_nos: tuple[str, ...] | None = None


async def issue_order(ctx: Context, case: PhaseOutCaseRow, facts: OrderFacts) -> PhaseOutOrderRow:
    """Order the closure of a locked case.

    Raises StepOutOfOrder, CaseEnded, DateInvalid, CaseExists, MeterNotOfEnterprise.
    """
    _demand_step(case, Step.ISSUED)
    check_past(ctx, "issued_on", facts.issued_on, not_before=case.listed_on)
    if facts.execute_by < facts.issued_on:
        raise DateInvalid(name="execute_by", on=facts.execute_by, not_before=facts.issued_on)
    if await repository.has_order_number(ctx.session, facts.number):
        raise CaseExists(number=facts.number, title=case.title)
    await _check_meters(ctx, case, facts.meter_nos)
    row = PhaseOutOrderRow(
        id=ctx.new_id(),
        case_id=case.id,
        number=facts.number,
        issuer=facts.issuer,
        scope=facts.scope,
        meter_nos=None if facts.meter_nos is None else list(facts.meter_nos),
        issued_on=facts.issued_on,
        execute_by=facts.execute_by,
        version=1,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
        changed_at=ctx.now,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    await _advance(ctx, case, row, Step.ISSUED, facts.issued_on, None)
    return row


async def _check_meters(ctx: Context, case: PhaseOutCaseRow, meter_nos: Sequence[str] | None) -> None:
    if meter_nos is None:
        return
    known = {
        meter.meter_no
        for meter in await repository.meters_of_enterprise(ctx.session, case.enterprise_id, meter_nos)
    }
    for meter_no in meter_nos:
        if meter_no not in known:
            raise MeterNotOfEnterprise(meter_no=meter_no, enterprise=case.enterprise_name)


_FOLLOWS: Final = {Step.SERVED: "issued_on", Step.EXECUTED: "served_on", Step.VERIFIED: "executed_on"}


async def take_step(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> PhaseOutOrderRow:
    """Serve, execute, verify or withdraw the standing order of a locked case.

    Verification looks at the meters once more: what runs is not closed, and where they cannot tell, the note has
    to say who saw it standing still. Raises StepOutOfOrder, CaseEnded, DateInvalid, StillRunning, RuleMissing.
    """
    if row.withdrawn_on is not None:
        raise StepOutOfOrder(number=case.number, status=case.status, step=step.value)
    if step is Step.WITHDRAWN:
        return await _withdraw_order(ctx, case, row, on, note)
    _demand_step(case, step)
    check_past(ctx, f"{step.value}_on", on, not_before=getattr(row, _FOLLOWS[step]))
    if step is Step.VERIFIED:
        check = await check_order(ctx, case, row)
        if check.result == Running.RUNNING or (check.result == Running.CANNOT_TELL and not note):
            raise StillRunning(number=case.number, result=check.result, highest_kw=check.highest_kw)
    setattr(row, f"{step.value}_on", on)
    setattr(row, f"{step.value}_note", note)
    await _advance(ctx, case, row, step, on, note)
    return row


async def _withdraw_order(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, on: date, note: str | None
) -> PhaseOutOrderRow:
    if Status(case.status) not in WITHDRAWABLE or not note:
        raise StepOutOfOrder(number=case.number, status=case.status, step=Step.WITHDRAWN.value)
    check_past(ctx, "withdrawn_on", on, not_before=row.issued_on)
    row.withdrawn_on, row.withdrawn_reason = on, note
    row.version += 1
    row.changed_at = ctx.now
    # The decision stands; another order may follow.
    case.status = Status.CLOSING.value
    await _tell(ctx, case, row, Step.WITHDRAWN, on, note)
    return row


async def _advance(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> None:
    case.status = STEPS[step][1].value
    if step is Step.VERIFIED:
        case.ended_on = today_of(ctx)
    if step is not Step.ISSUED:
        row.version += 1
        row.changed_at = ctx.now
    await _tell(ctx, case, row, step, on, note)


async def _tell(
    ctx: Context, case: PhaseOutCaseRow, row: PhaseOutOrderRow, step: Step, on: date, note: str | None
) -> None:
    await ctx.session.flush()
    await changed(
        ctx,
        case,
        PhaseOutClosureAdvancedV1,
        order_id=row.id,
        order_number=row.number,
        step=step.value,
        on=on,
        execute_by=row.execute_by,
        note=note,
    )


def _demand_step(case: PhaseOutCaseRow, step: Step) -> None:
    ensure_open(case)
    if case.status != STEPS[step][0]:
        raise StepOutOfOrder(number=case.number, status=case.status, step=step.value)
