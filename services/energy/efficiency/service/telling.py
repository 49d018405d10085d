"""How targets stand, told to whoever follows them."""

from __future__ import annotations

from typing import Any

from libs.common.context import Context
from libs.common.contracts.energy import (
    EnergyTargetJudgedV1,
    EnergyTargetPayload,
    EnergyTargetPoint,
    EnergyTargetWithdrawnV1,
)
from libs.common.outbox.record import record_event
from services.energy.efficiency.tables import TargetRow


async def tell_judged(ctx: Context, row: TargetRow) -> None:
    """The target's state as its version has it."""
    progress: dict[str, Any] = row.progress or {}
    points = tuple(
        EnergyTargetPoint(**{name: point[name] for name in EnergyTargetPoint.model_fields})
        for point in progress.get("points", ())
    )
    payload = EnergyTargetJudgedV1(
        **_facts(row),
        value=str(row.value),
        light=row.light,
        forecast=progress.get("forecast"),
        missed=progress.get("missed"),
        points=points,
    )
    await _record(ctx, row, payload)


async def tell_withdrawn(ctx: Context, row: TargetRow) -> None:
    await _record(ctx, row, EnergyTargetWithdrawnV1(**_facts(row), reason=row.withdrawn_reason or ""))


def _facts(row: TargetRow) -> dict[str, Any]:
    names = set(EnergyTargetPayload.model_fields) - {"target_id"}
    return {name: getattr(row, name) for name in names} | {"target_id": row.id}


async def _record(ctx: Context, row: TargetRow, payload: EnergyTargetPayload) -> None:
    await record_event(
        ctx,
        payload,
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
    )
