"""Figures from the monthly reports of enterprises (S13): level, growth, electricity, lateness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from services.projects.contest.domain.adding import (
    added_up,
    for_everybody,
    of_amounts,
    of_counts,
    of_shares,
    without_growth,
)
from services.projects.contest.domain.measuring import (
    EXACT,
    Ask,
    GrowthBasis,
    Measured,
    MeasureInfo,
    Measurement,
    SourceRow,
    Unknown,
)
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.repository import economy as repository
from services.projects.contest.repository.economy import Reported
from services.projects.economy.domain.indicators import OUTPUT, POWER, IndicatorKind
from services.projects.economy.domain.question import Question
from services.projects.economy.repository.catalogue import all_indicators
from services.projects.economy.repository.members import World
from services.projects.economy.service.worlds import load_world
from services.projects.gate.domain.standards import IntensityBasis, SectorBenchmark, benchmark_for
from services.projects.gate.repository.energy import energy_benchmarks
from services.projects.gate.repository.rules import all_benchmarks

_KINDS: Final = frozenset({ParticipantKind.TOWNSHIP, ParticipantKind.ENTERPRISE})
_NOTHING: Final = added_up([])


async def _asked(ctx: Context, ask: Ask, indicator: str) -> tuple[World, Sequence[date]]:
    """Of a level the quarter's is that of its last month, of what flows it is the sum."""
    world = await load_world(ctx.session, Question(month=ask.quarter.first_month), indicator)
    return world, ask.months[-1:] if world.indicator.kind is IndicatorKind.STOCK else ask.months


async def _reported(ctx: Context, ask: Ask, indicator: str) -> list[Reported]:
    return await repository.reported(ctx.session, ask, *await _asked(ctx, ask, indicator))


class EconomySource:
    """A ComponentSource: the quarter's sum of an indicator, of stocks its last month, against the year before.

    A township counts what it shares in (共建共享), each month where the enterprise stood; see the rule of moves.
    """

    code = "economy"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(code=code, unit=indicator.unit, growth=GrowthBasis.RATE, kinds=_KINDS)
            for code, indicator in (await all_indicators(session)).items()
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        if not ask.months:
            return _not_over(ask)
        if not ask.with_facts:
            sums = await repository.amounts(ctx.session, ask, *await _asked(ctx, ask, measure))
            return {
                one.id: Measurement(of_amounts(sums.get(one.id, _NOTHING), ask.rule)) for one in ask.participants
            }
        found = await _reported(ctx, ask, measure)
        return for_everybody(
            ask,
            [(one.participant_id, _row(one)) for one in found],
            lambda rows: of_amounts(added_up(rows), ask.rule),
        )


def _not_over(ask: Ask) -> dict[UUID, Measurement]:
    reason = Unknown.MONTH_NOT_OVER.value
    return {one.id: Measurement(Measured(None, reason, growth_reason=reason)) for one in ask.participants}


def _row(one: Reported) -> SourceRow:
    return SourceRow(
        "enterprise",
        str(one.enterprise_id),
        one.credit_code,
        one.name,
        one.value,
        base=one.base,
        known_at=one.known_at,
        note="" if one.value is not None else "not_reported",
    )


class EnergySource:
    """A ComponentSource: electricity in standard coal, in percent of what a benchmark allows for the output.

    Benchmarks are those that the energy service told (S19), where it has none those of the gate. Only electricity
    is reported every month; coal and gas are the energy service's to count.
    """

    code = "energy"
    _measures: Final = {"power_to_limit": "limit_value", "power_to_advanced": "advanced_value"}

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(code=code, unit="percent", growth=GrowthBasis.DIFFERENCE, kinds=_KINDS)
            for code in self._measures
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        if not ask.months:
            return _not_over(ask)
        edge = self._measures[measure]
        power = {(one.participant_id, one.enterprise_id): one for one in await _reported(ctx, ask, POWER)}
        output = await _reported(ctx, ask, OUTPUT)
        told = await energy_benchmarks(ctx.session, IntensityBasis.OUTPUT_VALUE, "")
        known = (told.get("", []), await all_benchmarks(ctx.session, IntensityBasis.OUTPUT_VALUE))
        rows = [
            (
                one.participant_id,
                _intensity(ask, one, power.get((one.participant_id, one.enterprise_id)), known, edge),
            )
            for one in output
        ]
        return for_everybody(ask, rows, lambda found: of_shares(found, ask.rule))


def _intensity(
    ask: Ask,
    output: Reported,
    power: Reported | None,
    known: Sequence[Sequence[SectorBenchmark]],
    edge: str,
) -> SourceRow:
    """Above the line tonnes of standard coal, below it those that the benchmark allows the output."""
    benchmark = next(
        (
            found
            for some in known
            if (
                found := benchmark_for(
                    some,
                    output.sector_code,
                    output.region_code,
                    ask.through_on,
                    basis=IntensityBasis.OUTPUT_VALUE,
                    product_unit="",
                )
            )
        ),
        None,
    )
    value = None if power is None else _coal(ask, power.value)
    base = None if power is None else _coal(ask, power.base)
    whole = base_whole = None
    note = Unknown.NO_BENCHMARK.value
    if benchmark is not None:
        allowed: Decimal = getattr(benchmark, edge)
        whole, base_whole = _allowed(allowed, output.value), _allowed(allowed, output.base)
        note = f"{allowed} tce / 10,000 yuan, {benchmark.sector_code}"
    return SourceRow(
        "enterprise",
        str(output.enterprise_id),
        output.credit_code,
        output.name,
        value,
        whole,
        base,
        base_whole,
        output.known_at,
        note,
    )


def _coal(ask: Ask, kwh: Decimal | None) -> Decimal | None:
    return None if kwh is None else EXACT.divide(EXACT.multiply(kwh, ask.rule.kgce_per_kwh), Decimal(1000))


def _allowed(tce_per_wan: Decimal, yuan: Decimal | None) -> Decimal | None:
    return None if yuan is None else EXACT.divide(EXACT.multiply(tce_per_wan, yuan), Decimal(10_000))


class ReportsSource:
    """A ComponentSource: reports that fell due in the quarter and came late, or did not come."""

    code = "reports"
    _measures: Final = {"late": False, "missing": True}

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(code=code, unit="reports", growth=GrowthBasis.NONE, kinds=_KINDS)
            for code in self._measures
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        found = await repository.reports_in_arrears(
            ctx.session, ask, ask.first_on, ask.through_on, missing=self._measures[measure]
        )
        rows = [(row[0], _report(row)) for row in found]
        return for_everybody(ask, rows, lambda some: without_growth(of_counts(some)))


def _report(row: Any) -> SourceRow:
    _, report_id, code, name, month, due_on, submitted_on = row
    note = f"{month:%Y-%m}: {due_on}" + ("" if submitted_on is None else f" / {submitted_on}")
    return SourceRow("economy_report", str(report_id), code, name, Decimal(1), note=note)
