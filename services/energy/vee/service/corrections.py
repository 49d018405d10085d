"""What an edit or a spread value means to conditions: it is tested like a correction by a feed."""

from __future__ import annotations

from collections.abc import Sequence

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.parameters import AnyParameters, SpikeParameters
from services.energy.detection.service import Correction, Fact, Surroundings, apply_facts
from services.energy.metering.domain.merge import Revisions
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import MINUTES_A_DAY

_NO_RULE: AnyParameters = SpikeParameters()


async def correct_conditions(
    ctx: Context, revisions: Sequence[Revisions], slots: int, meters: Sequence[Meter]
) -> None:
    """Conditions whose slots were replaced are amended, cleared or opened again; NaN took a value back."""
    interval = MINUTES_A_DAY // slots
    facts = [
        Fact(order, Correction(index, day * MINUTES_A_DAY + slot * interval, value))
        for found in revisions
        for order, index, day, slot, value in zip(
            found.order.tolist(),
            found.meter_index.tolist(),
            found.day.tolist(),
            found.slot.tolist(),
            found.after.tolist(),
            strict=True,
        )
    ]
    if not facts:
        return
    by_index = {meter.meter_index: meter for meter in meters}
    around = Surroundings(
        meter=by_index.__getitem__,
        # Only openings by the detector ask for a rule; a correction goes by what its condition has kept.
        parameters=lambda _rule, _kind: _NO_RULE,
        day_type=DayTypes(await work_calendar(ctx.session)).name,
    )
    await apply_facts(ctx, facts, around)
