"""Taking verdicts: the condition keeps the last one, the meter's factor follows by the detector's journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from services.energy.detection import journal
from services.energy.detection.domain.parameters import AnyParameters
from services.energy.detection.journal import Subject
from services.energy.detection.tables import ConditionRow
from services.energy.feedback import repository
from services.energy.feedback.domain.factor import NEUTRAL, Verdict, counted, factor_of, is_adaptable
from services.energy.feedback.errors import FactorNotFound
from services.energy.feedback.tables import ConditionVerdictRow, MeterFactorRow
from services.energy.metering.domain.slots import day_number
from services.energy.metering.repository import get_visible_row

REST: Final = "rest"
ALERT: Final = "alert"


@dataclass(frozen=True, slots=True)
class Given:
    """A verdict as it is given: by whom and from where."""

    is_true: bool
    note: str = ""
    source: str = REST
    given_by: str | None = None


async def give_verdict(ctx: Context, row: ConditionRow, given: Given) -> ConditionVerdictRow | None:
    """Record what was found of a locked condition and adapt the meter; None when it is known already.

    Readings that are met from now on are judged by it; what was judged stays judged.
    """
    if row.verdict == given.is_true:
        return None
    by = given.given_by or ctx.principal.subject
    row.verdict, row.verdict_at, row.verdict_by, row.verdict_note = given.is_true, ctx.now, by, given.note
    # Before the factor is read: verdicts of one meter come one after the other.
    await journal.lock_journal(ctx.session)
    kind = ConditionKind(row.kind)
    factor = await repository.find_factor(ctx.session, row.meter_no, row.kind)
    verdict = ConditionVerdictRow(
        condition_id=row.condition_id,
        meter_no=row.meter_no,
        kind=row.kind,
        is_true=given.is_true,
        note=given.note,
        source=given.source,
        given_at=ctx.now,
        given_by=by,
        factor_before=NEUTRAL if factor is None else factor.factor,
        factor_after=NEUTRAL,
    )
    ctx.session.add(verdict)
    await ctx.session.flush()
    parameters = await _rule_of(ctx, row, kind)
    if is_adaptable(parameters):
        if factor is None:
            factor = _neutral(ctx, row)
            ctx.session.add(factor)
        verdict.factor_after = await _adapt(ctx, factor, parameters, by)
    await ctx.session.flush()
    return verdict


async def reset_factor(ctx: Context, meter_no: str, kind: ConditionKind) -> MeterFactorRow:
    """Let the meter be judged by the rule again; earlier verdicts count no more. Raises FactorNotFound."""
    await get_visible_row(ctx.session, ctx.principal, meter_no)
    await journal.lock_journal(ctx.session)
    row = await repository.find_factor(ctx.session, meter_no, kind.value)
    if row is None:
        raise FactorNotFound(meter_no=meter_no, kind=kind.value)
    if row.factor != NEUTRAL or row.true_verdicts or row.false_verdicts:
        row.counted_from = await repository.newest_sequence(ctx.session) + 1
        row.true_verdicts = row.false_verdicts = 0
        await _set(ctx, row, NEUTRAL, ctx.principal.subject)
    return row


async def _adapt(ctx: Context, row: MeterFactorRow, parameters: AnyParameters, by: str) -> float:
    found = await repository.verdicts_of_meter(ctx.session, row.meter_no, row.kind, row.counted_from)
    verdicts = counted(Verdict(one.condition_id, one.is_true) for one in found)
    row.true_verdicts, row.false_verdicts = verdicts.count(True), verdicts.count(False)
    await _set(ctx, row, factor_of(verdicts, parameters), by)
    return row.factor


async def _set(ctx: Context, row: MeterFactorRow, factor: float, by: str) -> None:
    changed = row.factor != factor
    row.factor, row.changed_at, row.changed_by = factor, ctx.now, by
    row.version += 1
    if changed:
        payload = {"meter_no": row.meter_no, "kind": row.kind, "factor": factor}
        key = f"{row.meter_no}/{row.kind}"
        await journal.append(ctx.session, Subject.FACTOR, key, None if factor == NEUTRAL else payload, ctx.now, by)


def _neutral(ctx: Context, row: ConditionRow) -> MeterFactorRow:
    return MeterFactorRow(
        id=ctx.new_id(),
        meter_no=row.meter_no,
        kind=row.kind,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        factor=NEUTRAL,
        true_verdicts=0,
        false_verdicts=0,
        counted_from=0,
        version=0,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )


async def _rule_of(ctx: Context, row: ConditionRow, kind: ConditionKind) -> AnyParameters:
    """The rule that holds for the meter today, without what is its own."""
    rules = await journal.load_rules(ctx.session)
    day = day_number(ctx.now.date())
    return rules.parameters_on(row.meter_no, row.region_code, day, kind)
