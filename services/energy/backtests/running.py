"""Running a backtest: stored curves through the detector with and without the drafted rules, and their worth."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common import regions
from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from services.energy.backtests import repository
from services.energy.backtests.domain.draft import DraftRule, tried
from services.energy.backtests.domain.judging import Judged, Judgement, judge
from services.energy.backtests.domain.replaying import Found, Replay, Subject
from services.energy.backtests.domain.scoring import Alarm, Event, Series
from services.energy.detection import journal
from services.energy.detection.domain.day_types import DayTypes
from services.energy.detection.domain.knowledge import Knowledge
from services.energy.detection.domain.state import Table
from services.energy.detection.journal import Subject as Told
from services.energy.detection.judged import DRIVER_OF, JUDGED
from services.energy.detection.tables import ConditionRow
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute
from services.energy.metering.repository import changed_since

# Days before the span from which the detector learns first.
WARMUP_DAYS: Final = 60
# Days that are read at once.
_CHUNK_DAYS: Final = 31
_CHUNK_METERS: Final = 2000


@dataclass(frozen=True, slots=True)
class Trial:
    """What is to be tried on whom: all meters, a region's subtree or one; ``labels`` instead of verdicts."""

    first_day: date
    last_day: date
    rules: tuple[DraftRule, ...]
    region_code: str | None = None
    meter_no: str | None = None
    labels: tuple[Event, ...] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it; ``before`` is of the rules in force alone, the same when nothing was drafted."""

    meters: dict[int, Meter]
    readings: int
    found: tuple[Found, ...]
    after: Judgement
    before: Judgement


@dataclass(frozen=True, slots=True)
class _Side:
    """The same meters under one rule book, in groups of one interval and offset."""

    replays: tuple[Replay, ...]
    found: list[Found]


async def run_trial(ctx: Context, trial: Trial) -> Outcome:
    """Everything is read in pieces, and computed beside the event loop."""
    meters = await meters_of(ctx.session, trial.region_code, trial.meter_no)
    mark = await journal.newest_mark(ctx.session)
    knowledge = await journal.load_knowledge(ctx.session, mark)
    day_types = DayTypes(await work_calendar(ctx.session))
    books = [knowledge]
    if trial.rules:
        books.append(Knowledge(mark, await _drafted(ctx.session, mark, trial), knowledge.expected))
    groups = _groups(meters)
    sides = [
        _Side(tuple(Replay([_subject(one) for one in group], book, day_types) for group in groups), [])
        for book in books
    ]
    first, last = day_number(trial.first_day), day_number(trial.last_day)
    readings = 0
    for chunk in range(first - WARMUP_DAYS, last + 1, _CHUNK_DAYS):
        end = min(chunk + _CHUNK_DAYS - 1, last)
        for place, group in enumerate(groups):
            values = await _values(ctx.session, group, chunk, end)
            readings += int(np.count_nonzero(np.isfinite(values[:, max(0, first - chunk) :])))
            for side in sides:
                side.found.extend(await asyncio.to_thread(_judge, side.replays[place], chunk, values))
    verdicts = await _verdicts(ctx, meters, trial)
    series = [_series(meter, first, last) for meter in meters]
    judgements = [judge(series, _alarms(side.found, meters), trial.labels, verdicts) for side in sides]
    found = tuple(one for one in sides[-1].found if one.at >= first * MINUTES_A_DAY)
    return Outcome({one.meter_index: one for one in meters}, readings, found, judgements[-1], judgements[0])


async def meters_of(session: AsyncSession, region_code: str | None, meter_no: str | None) -> list[Meter]:
    """The meters of the scope that the detector judges, by index."""
    every, _ = await changed_since(session, 0)
    prefix = "" if region_code is None else regions.prefix(region_code)
    return sorted(
        (
            one
            for one in every
            if one.quantity.number in JUDGED
            and (one.meter_no == meter_no if meter_no is not None else one.region_code.startswith(prefix))
        ),
        key=lambda one: one.meter_index,
    )


async def _drafted(session: AsyncSession, mark: int, trial: Trial):  # type: ignore[no-untyped-def]
    facts = await journal.facts_at(session, mark, Told.RULE)
    factors = journal.factors_of(await journal.facts_at(session, mark, Told.FACTOR))
    drafts = [(one, None if one.region_code is None else regions.prefix(one.region_code)) for one in trial.rules]
    return tried([journal.rule_of(row.payload or {}) for row in facts], drafts, dict(factors))


def _groups(meters: Sequence[Meter]) -> list[list[Meter]]:
    found: dict[tuple[int, int, int], list[Meter]] = {}
    for one in meters:
        found.setdefault((one.quantity.number, one.slots, one.offset_minutes), []).append(one)
    return [
        group[first : first + _CHUNK_METERS]
        for _, group in sorted(found.items())
        for first in range(0, len(group), _CHUNK_METERS)
    ]


def _subject(meter: Meter) -> Subject:
    return Subject(
        meter_index=meter.meter_index,
        meter_no=meter.meter_no,
        region_code=meter.region_code,
        slots=meter.slots,
        offset_minutes=meter.offset_minutes,
        driver=DRIVER_OF[meter.profile],
        capacity=float("nan") if meter.capacity_kw is None else meter.capacity_kw,
    )


async def _values(session: AsyncSession, group: Sequence[Meter], first: int, last: int) -> Table:
    """(meters, days, slots) kW as they were measured or edited; what was estimated is missing."""
    index: Int = np.array([one.meter_index for one in group], np.int64)
    slots = group[0].slots
    rows = await read_days(session, group[0].quantity.number, index, first, last, slots)
    values = np.full((len(group), last - first + 1, slots), np.nan, np.float32)
    is_told = (rows.quality != Quality.ESTIMATED) & (rows.quality != Quality.MISSING)
    values[np.searchsorted(index, rows.meter_index), rows.day - first] = np.where(is_told, rows.values, np.nan)
    return values


def _judge(replay: Replay, first: int, values: Table) -> list[Found]:
    found: list[Found] = []
    for place in range(values.shape[1]):
        found += replay.judge_day(first + place, values[:, place])
    return found


def _series(meter: Meter, first: int, last: int) -> Series:
    return Series(
        meter_id=meter.meter_no,
        kind=meter.profile.value,
        interval=meter.interval_minutes,
        capacity=meter.capacity_kw,
        calendar="",
        end=(last + 1) * MINUTES_A_DAY,
        warmup_end=first * MINUTES_A_DAY,
        counts_false=True,
    )


def _alarms(found: Sequence[Found], meters: Sequence[Meter]) -> list[Alarm]:
    names = {one.meter_index: one.meter_no for one in meters}
    return [Alarm(names[one.meter_index], one.at, one.kind.value) for one in found]


async def _verdicts(ctx: Context, meters: Sequence[Meter], trial: Trial) -> list[Judged]:
    offset = {one.meter_index: one.offset_minutes for one in meters}
    first, before = (
        ctx.now.replace(year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0)
        for day in (trial.first_day, trial.last_day + timedelta(days=1))
    )
    rows = await repository.judged_conditions(ctx.session, list(offset), first, before)
    return [_judged(row, offset[row.meter_index]) for row in rows]


def _judged(row: ConditionRow, offset: int) -> Judged:
    start = local_minute(row.opened_at, offset)
    ended = row.episode_ended_at or row.cleared_at
    end = start + row.lasted_minutes if ended is None else local_minute(ended, offset)
    return Judged(
        condition_id=str(row.condition_id),
        meter_no=row.meter_no,
        kind=row.kind,
        start=start,
        end=max(start, end),
        is_true=bool(row.verdict),
    )


def day_of(minute: int) -> date:
    """The date of a minute of standard time since 1970."""
    return date_of(minute // MINUTES_A_DAY)
