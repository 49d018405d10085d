"""The events of conditions: opened, and under a higher version each change that matters; cleared."""

from __future__ import annotations

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind, EnergyConditionClearedV1, EnergyConditionOpenedV1
from libs.common.ids import derived_id
from libs.common.outbox.record import record_event
from libs.common.registry.queries import enterprise_by_id
from services.energy.detection.tables import ConditionRow
from services.energy.detection.wording import Figures, explain
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import instant_of


def figures_of(row: ConditionRow) -> Figures:
    """What the explanation of a condition is made of: its strongest slot."""
    kind = ConditionKind(row.kind)
    strongest = [item for item in row.evidence if item["value_kw"] == row.value_kw] or row.evidence[-1:]
    at = row.opened_at if kind is ConditionKind.MISSING else instant_of(strongest[-1]["at"], row.offset_minutes)
    return Figures(
        kind=kind,
        at=at,
        offset_minutes=row.offset_minutes,
        day_type=row.day_type,
        value=row.value_kw,
        expected=row.expected_kw,
        low=row.expected_low_kw,
        high=row.expected_high_kw,
        lasted_minutes=row.lasted_minutes,
        interval_minutes=row.interval_minutes,
    )


async def tell_amended(ctx: Context, row: ConditionRow, meter: Meter) -> None:
    """A change of its figures that matters: the opening anew, under a higher version."""
    row.version += 1
    await tell_opened(ctx, row, meter)


async def tell_opened(ctx: Context, row: ConditionRow, meter: Meter) -> None:
    """The opening, under the version that the row has."""
    if not row.announced:
        return
    enterprise = None if row.enterprise_id is None else await enterprise_by_id(ctx.session, row.enterprise_id)
    value, expected = _powers(row)
    explanation_zh, explanation_en = explain(figures_of(row))
    payload = EnergyConditionOpenedV1(
        condition_id=row.condition_id,
        kind=ConditionKind(row.kind),
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        meter_name=meter.name,
        enterprise_id=row.enterprise_id,
        enterprise_name=None if enterprise is None else enterprise.name,
        opened_at=row.opened_at,
        interval_minutes=row.interval_minutes,
        value_kw=value,
        expected_kw=expected,
        expected_low_kw=row.expected_low_kw,
        expected_high_kw=row.expected_high_kw,
        deviation_percent=round((value - expected) / expected * 100, 1) if expected > 0 else None,
        score=row.score,
        level=row.level,
        day_type=row.day_type,
        evidence_at=tuple(instant_of(item["at"], row.offset_minutes) for item in row.evidence),
        explanation_zh=explanation_zh,
        explanation_en=explanation_en,
    )
    await _record(ctx, row, payload)


def _powers(row: ConditionRow) -> tuple[float, float]:
    """Value and expectation in kW, also of kinds that are measured in shares."""
    if row.kind == ConditionKind.SHIFT:
        return row.expected_kw * (1 + row.value_kw), row.expected_kw
    return row.value_kw, row.expected_kw


async def tell_cleared(ctx: Context, row: ConditionRow) -> None:
    """The end of a condition, with its reason."""
    row.version += 1
    # The unique index looks at each statement: another may open in the same batch.
    await ctx.session.flush()
    if not row.announced or row.cleared_at is None:
        return
    payload = EnergyConditionClearedV1(
        condition_id=row.condition_id,
        kind=ConditionKind(row.kind),
        meter_id=row.meter_id,
        meter_no=row.meter_no,
        cleared_at=row.cleared_at,
        reason=row.clear_reason or "",
        peak_kw=_powers(row)[0],
    )
    await _record(ctx, row, payload)


async def _record(
    ctx: Context, row: ConditionRow, payload: EnergyConditionOpenedV1 | EnergyConditionClearedV1
) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.condition_id),
        aggregate_version=row.version,
        region_code=row.region_code,
        occurred_at=row.opened_at if isinstance(payload, EnergyConditionOpenedV1) else payload.cleared_at,
        event_id=derived_id(str(row.condition_id), payload.event_type, str(row.version)),
        enterprise_id=row.enterprise_id,
        # The end of one condition is read before the beginning of the meter's next.
        ordered_by=str(row.meter_id),
    )
