"""Total meters against their parts, on the days on which one of them was touched."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from libs.common.context import Context
from services.energy.metering.curve_reader import read_days
from services.energy.metering.domain.incoming import Values
from services.energy.metering.domain.meter import Meter
from services.energy.metering.domain.quality import Quality
from services.energy.metering.touched import TouchedDays, days_of_meters
from services.energy.vee import repository
from services.energy.vee.domain.kinds import RuleKind, SumCheckThresholds
from services.energy.vee.domain.rules import Rule, RuleBook
from services.energy.vee.domain.validation import check_sum
from services.energy.vee.service.findings import Judged, Place, Seen, settle_findings


async def check_sums(ctx: Context, book: RuleBook, touched: Sequence[TouchedDays]) -> None:
    """Judge every sum rule whose total or part was touched."""
    rules = [rule for rule in book.rules(RuleKind.SUM_CHECK) if rule.meter_no is not None]
    if not rules:
        return
    names = {part.meter_no for rule in rules for part in _limits(rule).parts} | {
        rule.meter_no for rule in rules if rule.meter_no is not None
    }
    indexes = await repository.indexes_of(ctx.session, names)
    meters = {meter.meter_no: meter for meter in await repository.list_meters(ctx.session, indexes.values())}
    days_of = days_of_meters(touched, indexes.values())
    for rule in rules:
        assert rule.meter_no is not None
        involved = [rule.meter_no, *(part.meter_no for part in _limits(rule).parts)]
        if rule.meter_no not in meters:
            continue
        wanted = set[int]()
        for name in involved:
            if name in meters:
                wanted |= days_of.get(meters[name].meter_index, set())
        total = meters[rule.meter_no]
        wanted = {day for day in wanted if _counts(book, rule, total, day)}
        if wanted:
            await _judge(ctx, rule, meters, sorted(wanted))


def _limits(rule: Rule) -> SumCheckThresholds:
    assert isinstance(rule.thresholds, SumCheckThresholds)
    return rule.thresholds


def _counts(book: RuleBook, rule: Rule, meter: Meter, day: int) -> bool:
    """Whether it is this rule that counts for the meter on the day, and it is switched on."""
    return any(chosen is rule for chosen, _ in book.of(RuleKind.SUM_CHECK, [meter], np.array([day], np.int64)))


async def _judge(ctx: Context, rule: Rule, meters: dict[str, Meter], days: list[int]) -> None:
    assert rule.meter_no is not None
    limits, total = _limits(rule), meters[rule.meter_no]
    values = {name: await _values(ctx, meters[name], days, total.slots) for name in _names(rule) if name in meters}
    index = np.full(len(days), total.meter_index, np.int64)
    judged = Judged(frozenset({RuleKind.SUM_CHECK}), index, np.array(days, np.int64))
    seen: dict[Place, Seen] = {}
    for day in days:
        place = (total.meter_index, day, RuleKind.SUM_CHECK)
        own = values[rule.meter_no].get(day)
        parts = [values.get(part.meter_no, {}).get(day) for part in limits.parts]
        found = None if own is None else check_sum(own, parts, limits)
        if found is not None:
            slots, figures = found
            seen[place] = Seen(rule.rule_id, tuple(slots.tolist()), figures)
    await settle_findings(ctx, total.quantity.number, [total], [judged], seen)


def _names(rule: Rule) -> set[str]:
    assert rule.meter_no is not None
    return {rule.meter_no, *(part.meter_no for part in _limits(rule).parts)}


async def _values(ctx: Context, meter: Meter, days: list[int], slots: int) -> dict[int, Values]:
    """Measured and edited values by day, as means over the total's interval; empty when that is the finer one."""
    if meter.slots % slots:
        return {}
    found = await read_days(
        ctx.session, meter.quantity.number, [meter.meter_index], days[0], days[-1], meter.slots
    )
    known = (found.quality == Quality.MEASURED) | (found.quality == Quality.EDITED)
    values = np.where(known, found.values, np.float32(np.nan))
    values = values.reshape(len(found), slots, meter.slots // slots).mean(axis=2)
    return dict(zip(found.day.tolist(), values, strict=True))
