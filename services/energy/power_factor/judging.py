"""From touched days to power factors of days and from those to conditions; the same days always give the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import numpy as np

from libs.common.context import Context
from libs.common.contracts.energy import ConditionKind
from libs.common.registry.queries import work_calendar
from services.energy.detection import journal
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.episode import Episode, Evidence
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.parameters import PowerFactorParameters
from services.energy.detection.service import (
    CORRECTED,
    RETURNED,
    Surroundings,
    amend_condition,
    clear_condition,
    open_condition,
)
from services.energy.detection.tables import ConditionRow
from services.energy.metering.curve_reader import read_days, read_totals
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.slots import (
    MINUTES_A_DAY,
    date_of,
    day_number,
    instant_of,
    local_minute,
)
from services.energy.metering.repository import meters_by_index
from services.energy.metering.touched import TouchedDays, days_of_meters, touched_meters
from services.energy.power_factor import repository
from services.energy.power_factor.domain.factor import (
    DayFactor,
    Floats,
    Span,
    Standard,
    common,
    factor_of_day,
    limit_of,
    spans_of,
)
from services.energy.power_factor.tables import PowerFactorPairRow

# A change of a day can concern a condition of so many days after and before it.
_WINDOW_DAYS: Final = 62
_PEAK_DAYS: Final = 31
KIND: Final = ConditionKind.POWER_FACTOR


@dataclass(frozen=True, slots=True)
class _World:
    knowledge: Knowledge
    meters: Mapping[int, Meter]
    day_types: DayTypes

    def parameters(self, meter: Meter, day: int) -> PowerFactorParameters:
        found = self.knowledge.rules.parameters_on(meter.meter_no, meter.region_code, day, KIND)
        assert isinstance(found, PowerFactorParameters)
        return found

    def surroundings(self) -> Surroundings:
        return Surroundings(
            meter=self.meters.__getitem__,
            parameters=self.knowledge.rules.parameters,
            day_type=self.day_types.name,
            is_planned=lambda meter, kind, at: self.knowledge.expected.covers(
                meter.meter_index, kind, local_minute(at, 0)
            ),
        )


async def follow_touched(ctx: Context, touched: Sequence[TouchedDays]) -> None:
    """Judge the pairs whose curves changed, for the days that changed and are over."""
    pairs = await repository.pairs_touching(ctx.session, touched_meters(touched))
    days = days_of_meters(touched, {index for pair in pairs for index in _members(pair)})
    wanted = {pair.id: set().union(*(days.get(index, set()) for index in _members(pair))) for pair in pairs}
    await judge_pairs(ctx, pairs, wanted)


async def judge_days(ctx: Context, pairs: Sequence[PowerFactorPairRow], first: int, last: int) -> None:
    """Judge these days (since 1970) of the pairs."""
    await judge_pairs(ctx, pairs, {pair.id: set(range(first, last + 1)) for pair in pairs})


async def judge_pairs(
    ctx: Context, pairs: Sequence[PowerFactorPairRow], wanted: Mapping[UUID, Iterable[int]]
) -> None:
    """Compute the wanted days of each pair and settle the conditions of its active meter."""
    if not pairs:
        return
    world = _World(
        await journal.load_knowledge(ctx.session, await journal.newest_mark(ctx.session)),
        await meters_by_index(ctx.session, sorted({index for pair in pairs for index in _members(pair)})),
        DayTypes(await work_calendar(ctx.session)),
    )
    for pair in pairs:
        meter = world.meters[pair.active_index]
        today = local_minute(ctx.now, meter.offset_minutes) // MINUTES_A_DAY
        days = sorted(day for day in wanted[pair.id] if day < today and _holds(pair, day))
        if days:
            await _compute(ctx, world, pair, meter, days)
            await _settle(ctx, world, meter, days)


def _members(pair: PowerFactorPairRow) -> list[int]:
    members = (pair.active_index, pair.reactive_import_index, pair.reactive_export_index)
    return [index for index in members if index is not None]


def _holds(pair: PowerFactorPairRow, day: int) -> bool:
    on = date_of(day)
    return pair.valid_from <= on and (pair.valid_to is None or on < pair.valid_to)


async def _compute(
    ctx: Context, world: _World, pair: PowerFactorPairRow, meter: Meter, days: Sequence[int]
) -> None:
    curves = [await _curves(ctx, world.meters[index], days) for index in _members(pair)]
    totals = await read_totals(
        ctx.session, meter.quantity.number, [meter.meter_index], days[0] - _PEAK_DAYS, days[-1]
    )
    found = []
    for day in days:
        own = [curve.get(day) for curve in curves]
        if any(one is None for one in own[:2]):
            continue
        aligned = common([one for one in own if one is not None])
        near = (totals.day > day - _PEAK_DAYS) & (totals.day <= day) & np.isfinite(totals.peak_kw)
        parameters = world.parameters(meter, day)
        excused = world.knowledge.expected.slots_of(
            meter.meter_index, KIND, day * MINUTES_A_DAY - meter.offset_minutes, len(aligned[0])
        )
        peak = float(np.max(totals.peak_kw[near], initial=0.0))
        one = factor_of_day(day, aligned[0], aligned[1:], excused, peak, parameters)
        found.append((one, limit_of(Standard(pair.standard), parameters)))
    await repository.put_days(ctx.session, pair.active_index, found, ctx.now)


async def _curves(ctx: Context, meter: Meter, days: Sequence[int]) -> dict[int, Floats]:
    rows = await read_days(ctx.session, meter.quantity.number, [meter.meter_index], days[0], days[-1], meter.slots)
    return dict(zip(rows.day.tolist(), rows.values, strict=True))


async def _settle(ctx: Context, world: _World, meter: Meter, days: Sequence[int]) -> None:
    since = instant_of((days[0] - _WINDOW_DAYS) * MINUTES_A_DAY, meter.offset_minutes)
    rows = await repository.conditions_of(ctx.session, meter.meter_index, since)
    oldest = [local_minute(row.opened_at, meter.offset_minutes) // MINUTES_A_DAY for row in rows]
    # From a day on which nothing was open, so that what follows does not hang on where the window begins.
    first = min([days[0] - _WINDOW_DAYS, *(day - 1 for day in oldest)])
    last = days[-1] + _WINDOW_DAYS
    kept = await repository.days_of(ctx.session, meter.meter_index, date_of(first), date_of(last))
    if not kept:
        return
    parameters = world.parameters(meter, day_number(kept[-1].day))
    limits = {day_number(row.day): row.standard for row in kept}
    spans = spans_of([(repository.factor_row(row), row.standard) for row in kept], parameters)
    around = world.surroundings()
    unmatched = list(rows)
    for span in spans:
        row = next((one for one in unmatched if _overlaps(one, span, meter)), None)
        episode = _episode(span, limits, parameters)
        if row is not None:
            unmatched.remove(row)
            await amend_condition(ctx, row, episode, meter)
        else:
            row = await open_condition(ctx, episode, _revision(rows, episode, meter), list(rows), meter, around)
        if row is not None and span.cleared_day is not None and row.status == "open":
            ended_at = instant_of((span.cleared_day + 1) * MINUTES_A_DAY, meter.offset_minutes)
            row.episode_ended_at = ended_at
            await clear_condition(ctx, row, ended_at, RETURNED)
    for row in unmatched:
        if row.status == "open":
            await clear_condition(ctx, row, ctx.now, CORRECTED)
    await ctx.session.flush()


def _revision(rows: Sequence[ConditionRow], episode: Episode, meter: Meter) -> int:
    opened_at = instant_of(episode.evidence[0].at, meter.offset_minutes)
    return 1 + max((row.revision for row in rows if row.opened_at == opened_at), default=-1)


def _overlaps(row: ConditionRow, span: Span, meter: Meter) -> bool:
    if row.status != "open" and row.clear_reason == CORRECTED:
        return False
    opened = local_minute(row.opened_at, meter.offset_minutes) // MINUTES_A_DAY
    last = max((item["at"] // MINUTES_A_DAY for item in row.evidence), default=opened)
    return opened <= span.last_day and span.first_day <= max(last, opened)


def _episode(span: Span, limits: Mapping[int, float], parameters: PowerFactorParameters) -> Episode:
    return Episode(tuple(_evidence(day, limits[day.day]) for day in span.below), parameters)


def _evidence(day: DayFactor, limit: float) -> Evidence:
    assert day.factor is not None
    return Evidence(day.day * MINUTES_A_DAY, day.factor, limit, 0.0, limit)


async def judge_yesterday(ctx: Context) -> None:
    """All pairs, for the two days that ended last anywhere."""
    pairs = await repository.pairs_touching(ctx.session, None)
    today = day_number((ctx.now + timedelta(hours=8)).date())
    await judge_days(ctx, pairs, today - 2, today)
