"""Codes of other systems for a meter (户号, 资产编号, NMI:suffix)."""

from __future__ import annotations

from libs.common.context import Context
from services.energy.metering.errors import AliasNotFound, AliasTaken
from services.energy.metering.tables import MeterRow
from services.energy.meters import repository


async def add_alias(ctx: Context, row: MeterRow, system: str, code: str) -> bool:
    """Give a locked meter a code; whether it is new. Raises AliasTaken when another meter has it."""
    owner, is_new = await repository.put_alias(ctx.session, row.meter_id, system, code)
    if owner != row.meter_id:
        raise AliasTaken(system=system, code=code)
    return is_new


async def remove_alias(ctx: Context, row: MeterRow, system: str, code: str) -> None:
    """Raises AliasNotFound."""
    if not await repository.drop_alias(ctx.session, row.meter_id, system, code):
        raise AliasNotFound(system=system, code=code)
