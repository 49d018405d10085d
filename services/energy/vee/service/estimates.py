"""Writing estimates: separate, marked values with their method and inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from libs.common.context import Context
from services.energy.metering.amend import SLOTS_OWN, Cells, lock_cells, write_cells
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.rank import ESTIMATE_RANK
from services.energy.metering.domain.slots import date_of, day_number
from services.energy.vee import repository
from services.energy.vee.domain.cube import Cube
from services.energy.vee.domain.estimation import Guess
from services.energy.vee.service.corrections import correct_conditions
from services.energy.vee.tables import CurveEstimateRow


async def write_estimates(
    ctx: Context, quantity: int, cube: Cube, guesses: Sequence[Guess], standing: Sequence[CurveEstimateRow]
) -> int:
    """Write where the cube differs from the curves; returns how many values that were.

    ``cube`` holds the guesses already, ``standing`` the rows of earlier ones in its days. The same guess again
    writes nothing.
    """
    differs = (cube.quality != Quality.MISSING) & (
        (cube.quality != cube.stored_quality) | (cube.values != cube.stored)
    )
    if differs.any():
        await _write_values(ctx, quantity, cube, differs, _takes_place(cube, guesses, standing))
    renewed: set[tuple[int, int, int]] = set()
    for guess in guesses:
        if differs[guess.line, guess.day, guess.slots].any():
            renewed.update((guess.line, guess.day, slot) for slot in guess.slots)
            ctx.session.add(_row(ctx, quantity, cube, guess))
    line_of = {meter.meter_index: line for line, meter in enumerate(cube.meters)}
    gone = [
        row.id
        for row in standing
        if not _still_shows(row, cube, line_of[row.meter_index], day_number(row.day) - cube.first_day, renewed)
    ]
    await repository.replace_estimates(ctx.session, gone, ctx.now)
    await ctx.session.flush()
    return int(np.count_nonzero(differs))


async def _write_values(
    ctx: Context, quantity: int, cube: Cube, differs: NDArray[np.bool_], takes_place: NDArray[np.bool_]
) -> None:
    line, day, slot = np.nonzero(differs)
    index = np.array([meter.meter_index for meter in cube.meters], np.int64)
    cells = Cells(
        meter_index=index[line],
        day=day + cube.first_day,
        slot=slot,
        values=cube.values[differs],
        quality=cube.quality[differs],
        rank=np.where(takes_place[differs], SLOTS_OWN, ESTIMATE_RANK),
        before=cube.stored[differs],
    )
    await lock_cells(ctx.session, cells)
    stored = await write_cells(ctx.session, quantity, cube.slots, cells, ctx.new_id(), ctx.now)
    await correct_conditions(ctx, stored.revisions, cube.slots, cube.meters)


def _takes_place(cube: Cube, guesses: Sequence[Guess], standing: Sequence[CurveEstimateRow]) -> NDArray[np.bool_]:
    """Slots where a value caught up with a gap: spread, or given back."""
    found = np.zeros(cube.values.shape, bool)
    for guess in guesses:
        for slot in guess.inputs.get("originals", {}):
            found[guess.line, guess.day, int(slot)] = True
    line_of = {meter.meter_index: line for line, meter in enumerate(cube.meters)}
    for row in standing:
        for slot in row.inputs.get("originals", {}):
            found[line_of[row.meter_index], day_number(row.day) - cube.first_day, int(slot)] = True
    return found


def _still_shows(
    row: CurveEstimateRow, cube: Cube, line: int, day: int, renewed: set[tuple[int, int, int]]
) -> bool:
    told = np.array(row.values_kw, np.float32)
    for slot, value in zip(row.slots, told, strict=True):
        is_ours = cube.quality[line, day, slot] in {Quality.ESTIMATED, Quality.MISSING} and (
            cube.stored[line, day, slot] == value
        )
        if is_ours and (line, day, slot) not in renewed:
            return True
    return False


def _row(ctx: Context, quantity: int, cube: Cube, guess: Guess) -> CurveEstimateRow:
    return CurveEstimateRow(
        id=ctx.new_id(),
        meter_index=cube.meters[guess.line].meter_index,
        quantity=quantity,
        day=date_of(cube.first_day + guess.day),
        method=guess.method.value,
        slots=guess.slots,
        values_kw=guess.values_kw,
        inputs=guess.inputs,
        made_at=ctx.now,
    )
