"""Touched days validated and their gaps filled, block by block."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.registry.queries import work_calendar
from services.energy.detection.domain.day_types import DayTypes
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.incoming import Int
from services.energy.metering.domain.meter import Kind, Meter, Quantity
from services.energy.metering.domain.slots import MINUTES_A_DAY, date_of, day_number, local_minute
from services.energy.metering.touched import TouchedDays
from services.energy.vee import repository
from services.energy.vee.domain.cube import Cube, build_cube
from services.energy.vee.domain.estimation import Guess, fill_gaps, find_caught_up, spread
from services.energy.vee.domain.kinds import LOOKBACK_DAYS, CatchUpThresholds, EstimationThresholds, RuleKind
from services.energy.vee.domain.rules import Mask, RuleBook
from services.energy.vee.domain.validation import CHECKS, Found, validate
from services.energy.vee.service.estimates import write_estimates
from services.energy.vee.service.findings import Judged, Place, Seen, settle_findings
from services.energy.vee.service.sums import check_sums

# Values of one block with its history: some 40 MB.
_CELLS: Final = 2_000_000
# A day that goes on is looked at every minute, and with all of its history once it is over.
_RUNNING_LOOKBACK: Final = 8
_SCANNED_DAYS: Final = 10
_CLOSED_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class Work:
    """Meters of one quantity and interval with the days to settle, as (line, day since 1970) pairs."""

    quantity: int
    meters: Sequence[Meter]
    line: Int
    day: Int


@dataclass(frozen=True, slots=True)
class Reported:
    """What another slice found on a day of a meter: a register that runs backwards."""

    meter_index: int
    day: int
    slots: tuple[int, ...]
    figures: Mapping[str, Any]


# What stands against the touched days now; registers live in a slice of their own.
Reporter = Callable[[AsyncSession, TouchedDays], Awaitable[Sequence[Reported]]]

_AFTER_REST: Final = 3


async def settle_days(
    ctx: Context, touched: Sequence[TouchedDays], register_order: Reporter | None = None
) -> None:
    """Validate the days, fill gaps and spread what caught up with them. Doing it again changes nothing."""
    book = RuleBook(await repository.load_rules(ctx.session))
    day_types = DayTypes(await work_calendar(ctx.session))
    archived = await repository.archived_months(ctx.session)
    for days in touched:
        indexes = np.unique(days.meter_index).tolist()
        meters = await repository.list_meters(ctx.session, indexes)
        for work in _works(days, meters, archived):
            await _settle(ctx, book, day_types, work)
        if register_order is not None:
            await _take_over(ctx, book, meters, days, await register_order(ctx.session, days))
    await check_sums(ctx, book, touched)


async def _take_over(
    ctx: Context, book: RuleBook, meters: Sequence[Meter], touched: TouchedDays, reported: Sequence[Reported]
) -> None:
    known = {meter.meter_index: meter for meter in meters}
    ours = np.isin(touched.meter_index, list(known))
    judged = Judged(frozenset({RuleKind.REGISTER_ORDER}), touched.meter_index[ours], touched.day[ours])
    seen: dict[Place, Seen] = {}
    for item in reported:
        rules = book.of(RuleKind.REGISTER_ORDER, [known[item.meter_index]], np.array([item.day], np.int64))
        for rule, _ in rules:
            place = (item.meter_index, item.day, RuleKind.REGISTER_ORDER)
            seen[place] = Seen(rule.rule_id, item.slots, item.figures)
    await settle_findings(ctx, touched.quantity, meters, [judged], seen)


async def settle_yesterday(ctx: Context) -> None:
    """Every curve of the day that ended: now with the rules that compare it with days before."""
    day = (ctx.now + timedelta(hours=8)).date() - timedelta(days=1)
    found = await repository.days_with_values(ctx.session, day)
    await settle_days(ctx, _touched([(index, quantity, day) for index, quantity in found]))


async def settle_incomplete(ctx: Context) -> None:
    """Days of the last ten that lack values, also those of which nothing came and nothing was touched."""
    today = (ctx.now + timedelta(hours=8)).date()
    found = await repository.incomplete_days(
        ctx.session, today - timedelta(days=_SCANNED_DAYS), today - timedelta(days=1)
    )
    await settle_days(ctx, _touched([(index, Quantity(name).number, day) for index, name, day in found]))


def _touched(found: Sequence[tuple[int, int, date]]) -> list[TouchedDays]:
    by_quantity: dict[int, list[tuple[int, int]]] = {}
    for index, quantity, day in found:
        by_quantity.setdefault(quantity, []).append((index, day_number(day)))
    pairs = {quantity: np.array(own, np.int64) for quantity, own in sorted(by_quantity.items())}
    return [TouchedDays(quantity, own[:, 0], own[:, 1]) for quantity, own in pairs.items()]


def _works(days: TouchedDays, meters: Sequence[Meter], archived: set[date]) -> Iterator[Work]:
    """By interval and month, in blocks that fit in memory."""
    by_slots: dict[int, list[Meter]] = {}
    for meter in meters:
        if meter.quantity.number == days.quantity:
            by_slots.setdefault(meter.slots, []).append(meter)
    months = days.day.astype("datetime64[D]").astype("datetime64[M]")
    for month in np.unique(months).tolist():
        if month in archived:
            continue
        chosen = months == np.datetime64(month, "M")
        for slots, own in sorted(by_slots.items()):
            size = max(1, _CELLS // (slots * (LOOKBACK_DAYS + 33)))
            for start in range(0, len(own), size):
                block = own[start : start + size]
                place = {meter.meter_index: line for line, meter in enumerate(block)}
                rows = np.flatnonzero(chosen & np.isin(days.meter_index, list(place)))
                if len(rows):
                    line = np.array([place[index] for index in days.meter_index[rows].tolist()], np.int64)
                    yield Work(days.quantity, block, line, days.day[rows])


async def _settle(ctx: Context, book: RuleBook, day_types: DayTypes, work: Work) -> None:
    cube, standing = await _load(ctx, work)
    days = cube.days
    touched = np.zeros((len(work.meters), len(days)), bool)
    touched[work.line, work.day - cube.first_day] = True
    first_day = np.array([meter.first_day for meter in work.meters], np.int64)
    touched &= days >= first_day[:, None]
    # Minutes since each day's end, negative while it goes on.
    local = np.array([local_minute(ctx.now, meter.offset_minutes) for meter in work.meters], np.int64)
    since_end = local[:, None] - (days + 1) * MINUTES_A_DAY
    over = touched & (since_end >= 0)
    kinds = _day_kinds(day_types, days)
    # A virtual meter follows its members, whose gaps are filled.
    is_counted = np.array([meter.kind is not Kind.VIRTUAL for meter in work.meters])
    near = _near(touched) & (days >= first_day[:, None]) & is_counted[:, None]

    # A day that goes on rests in snapshots; it is laid out anew when it is closed.
    guesses, found = _catch_up(cube, book, kinds, near & (since_end >= _CLOSED_MINUTES))
    found += validate(cube, book, touched, over)
    for rule, where in book.of(RuleKind.ESTIMATION, work.meters, days):
        assert isinstance(rule.thresholds, EstimationThresholds)
        waited = since_end >= rule.thresholds.wait_hours * 60
        filled = fill_gaps(cube, kinds, rule, where & near & waited)
        for guess in filled:
            cube.place_estimate(guess.line, guess.day, guess.slots, guess.values_kw)
        guesses += filled
    await write_estimates(ctx, work.quantity, cube, guesses, standing)
    await settle_findings(ctx, work.quantity, work.meters, _judged(cube, touched, over), _seen(cube, found))


async def _load(ctx: Context, work: Work) -> tuple[Cube, Any]:
    now = min(local_minute(ctx.now, meter.offset_minutes) for meter in work.meters)
    is_running = int(work.day.min()) * MINUTES_A_DAY + MINUTES_A_DAY > now
    first = int(work.day.min()) - (_RUNNING_LOOKBACK if is_running else LOOKBACK_DAYS)
    last = int(work.day.max()) + 1
    indexes = [meter.meter_index for meter in work.meters]
    columns = await read_days(ctx.session, work.quantity, indexes, first, last, work.meters[0].slots)
    standing = await repository.standing_estimates(
        ctx.session, work.quantity, indexes, date_of(first), date_of(last)
    )
    estimates = [repository.estimate_of(row) for row in standing]
    return build_cube(work.meters, columns, first, last, estimates), standing


def _catch_up(cube: Cube, book: RuleBook, kinds: Int, near: Mask) -> tuple[list[Guess], list[Found]]:
    guesses: list[Guess] = []
    found: list[Found] = []
    for rule, where in book.of(RuleKind.CATCH_UP, cube.meters, cube.days):
        assert isinstance(rule.thresholds, CatchUpThresholds)
        for one in find_caught_up(cube, kinds, rule, EstimationThresholds(), where & near):
            if rule.thresholds.action == "spread":
                laid_out = spread(cube, one)
                for guess in laid_out:
                    cube.place_estimate(guess.line, guess.day, guess.slots, guess.values_kw)
                guesses += laid_out
                continue
            day, slot = divmod(one.at, cube.slots)
            figures = {
                "value_kw": round(one.value_kw, 4),
                "usual_kw": round(one.usual_kw[-1], 4),
                "gap_slots": one.at - one.first,
            }
            found.append(Found(one.line, day, rule, (slot,), figures))
    return guesses, found


def _day_kinds(day_types: DayTypes, days: Int) -> Int:
    """0 a working day, 1 a Saturday, 2 a Sunday or holiday: days of one kind are alike enough to stand in."""
    profile: Int = day_types.facts(days)[:, 1]
    return np.where(profile == _AFTER_REST, 0, profile)


def _near(touched: Mask) -> Mask:
    """The days beside as well: their gaps may end in a touched day, or what catches up with it may stand there."""
    near = touched.copy()
    near[:, :-1] |= touched[:, 1:]
    for ahead in (1, 2, 3):
        near[:, ahead:] |= touched[:, :-ahead]
    return near


def _judged(cube: Cube, touched: Mask, over: Mask) -> list[Judged]:
    at_once = frozenset(kind for kind, (_, needs_history) in CHECKS.items() if not needs_history)
    with_history = frozenset(CHECKS) - at_once
    meters = np.array([meter.meter_index for meter in cube.meters], np.int64)
    judged = []
    for kinds, where in ((at_once | {RuleKind.CATCH_UP}, touched), (with_history, over)):
        line, day = np.nonzero(where)
        judged.append(Judged(kinds, meters[line], cube.first_day + day))
    return judged


def _seen(cube: Cube, found: Sequence[Found]) -> dict[Place, Seen]:
    seen: dict[Place, Seen] = {}
    for item in found:
        place = (cube.meters[item.line].meter_index, cube.first_day + item.day, item.rule.kind)
        known = seen.get(place)
        slots = item.slots if known is None else tuple(sorted({*known.slots, *item.slots}))
        seen[place] = Seen(item.rule.rule_id, slots, item.figures if known is None else known.figures)
    return seen
