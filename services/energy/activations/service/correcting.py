"""Late and corrected values: which verified orders rest on the days that were touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.security.principal import SYSTEM
from services.energy.activations import repository, verification_repository
from services.energy.activations.domain.quarters import QUARTERS_A_DAY, quarter_of
from services.energy.activations.rows import definition_of
from services.energy.activations.service.verifying import verify_corrected
from services.energy.metering.touched import TouchedDays, days_of_meters, touched_meters

# A meter's own day may begin before or after the office's.
_NEIGHBOUR: Final = 1


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """A new edition for each verified order whose event or baseline days became others."""
    verified = await verification_repository.verified_touching(ctx.session, touched_meters(touched))
    days = days_of_meters(touched, {found.meter_index for found in verified})
    concerned: dict[UUID, set[UUID]] = {}
    for found in verified:
        definition = definition_of(found.baseline)
        first = quarter_of(found.starts_at) // QUARTERS_A_DAY - definition.lookback_days - _NEIGHBOUR
        last = (quarter_of(found.ends_at) - 1) // QUARTERS_A_DAY + _NEIGHBOUR
        if any(first <= day <= last for day in days[found.meter_index]):
            concerned.setdefault(found.activation_id, set()).add(found.order_id)
    for activation_id in sorted(concerned):
        activation = await repository.get_activation(ctx.session, SYSTEM, activation_id, lock=True)
        await verify_corrected(ctx, activation, concerned[activation_id])
