"""Figures from the ledger of projects: milestones in time, investment against plan, counts, five rates (S3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.principal import SYSTEM
from services.projects.contest.domain.adding import for_everybody, of_counts, of_shares, of_sums, without_growth
from services.projects.contest.domain.measuring import (
    Ask,
    GrowthBasis,
    MeasureInfo,
    Measurement,
    SourceRow,
    year_before,
)
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.repository import projects as repository
from services.projects.economy.domain.months import first_of
from services.projects.ledger.domain.stages import Milestone
from services.projects.rates.domain.measures import Basis, Measure, Rate, Share, share_of
from services.projects.rates.domain.question import Question
from services.projects.rates.repository import load_facts


class LedgerMeasure(StrEnum):
    """What the ledger says beside the five rates.

    ``milestones`` are those due in the year through the day and done, of the plan as it stands;
    ``milestones_original`` of the plan as it was made, which no re-planning betters. ``investment_to_plan`` is of
    the year's plan.
    """

    MILESTONES = "milestones"
    MILESTONES_ORIGINAL = "milestones_original"
    INVESTMENT_TO_PLAN = "investment_to_plan"
    INVESTED = "invested"
    SIGNED = "signed"
    STARTED = "started"
    COMPLETED = "completed"
    IN_PRODUCTION = "in_production"


_EVERYBODY: Final = frozenset(ParticipantKind)
_MANY: Final = _EVERYBODY - {ParticipantKind.PROJECT}
_REACHED: Final = {
    LedgerMeasure.STARTED: Milestone.START,
    LedgerMeasure.COMPLETED: Milestone.COMPLETION,
    LedgerMeasure.IN_PRODUCTION: Milestone.PRODUCTION,
}
_RATES: Final = {
    "fulfilment": Measure(Rate.FULFILMENT, Basis.ALL),
    "fulfilment_due": Measure(Rate.FULFILMENT, Basis.DUE),
    "funds_in_place": Measure(Rate.FUNDS_IN_PLACE, Basis.ALL),
    "start_rate": Measure(Rate.START, Basis.ALL),
    "start_rate_due": Measure(Rate.START, Basis.DUE),
    "commissioning": Measure(Rate.COMMISSIONING, Basis.ALL),
    "commissioning_due": Measure(Rate.COMMISSIONING, Basis.DUE),
    "output_to_input": Measure(Rate.OUTPUT_TO_INPUT, Basis.OUTPUT),
    "tax_to_input": Measure(Rate.OUTPUT_TO_INPUT, Basis.TAX),
}
_UNITS: Final = {
    LedgerMeasure.MILESTONES: ("percent", GrowthBasis.DIFFERENCE, _EVERYBODY),
    LedgerMeasure.MILESTONES_ORIGINAL: ("percent", GrowthBasis.DIFFERENCE, _EVERYBODY),
    LedgerMeasure.INVESTMENT_TO_PLAN: ("percent", GrowthBasis.NONE, _EVERYBODY),
    LedgerMeasure.INVESTED: ("yuan", GrowthBasis.RATE, _EVERYBODY),
    LedgerMeasure.SIGNED: ("projects", GrowthBasis.DIFFERENCE, _MANY),
    LedgerMeasure.STARTED: ("projects", GrowthBasis.DIFFERENCE, _MANY),
    LedgerMeasure.COMPLETED: ("projects", GrowthBasis.DIFFERENCE, _MANY),
    LedgerMeasure.IN_PRODUCTION: ("projects", GrowthBasis.DIFFERENCE, _MANY),
}
_ONE: Final = Decimal(1)


class LedgerSource:
    """A ComponentSource. A project counts for the township, unit or enterprise that the ledger names."""

    code = "ledger"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        own = (
            MeasureInfo(code=code.value, unit=unit, growth=growth, kinds=kinds)
            for code, (unit, growth, kinds) in _UNITS.items()
        )
        rates = (
            MeasureInfo(code=code, unit="percent", growth=GrowthBasis.DIFFERENCE, kinds=_EVERYBODY)
            for code in _RATES
        )
        return (*own, *rates)

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        if measure in _RATES:
            return await _rate(ctx, ask, _RATES[measure])
        match LedgerMeasure(measure):
            case LedgerMeasure.MILESTONES | LedgerMeasure.MILESTONES_ORIGINAL as wanted:
                return await _milestones(ctx, ask, original=wanted is LedgerMeasure.MILESTONES_ORIGINAL)
            case LedgerMeasure.INVESTMENT_TO_PLAN:
                return await _against_plan(ctx, ask)
            case LedgerMeasure.INVESTED:
                return await _invested(ctx, ask)
            case LedgerMeasure.SIGNED:
                return _counted(ask, await repository.signed(ctx.session, ask, ask.periods))
            case reached:
                found = await repository.reached(ctx.session, ask, _REACHED[reached], ask.periods)
                return _counted(ask, found)


def _counted(ask: Ask, found: list[Any]) -> Mapping[UUID, Measurement]:
    rows = []
    for participant_id, project_id, code, name, on in found:
        is_now = on >= ask.first_on
        row = SourceRow(
            "project",
            str(project_id),
            code,
            name,
            _ONE if is_now else None,
            base=None if is_now else _ONE,
            note=f"{on}",
        )
        rows.append((participant_id, row))
    return for_everybody(ask, rows, of_counts)


async def _milestones(ctx: Context, ask: Ask, *, original: bool) -> Mapping[UUID, Measurement]:
    """Due in the year through the day, and done by then; a year before through the same day."""
    year = ask.quarter.year
    periods = [(date(year, 1, 1), ask.through_on)]
    if ask.with_base:
        periods.append((date(year - 1, 1, 1), ask.base_through_on))
    found = await repository.milestones(ctx.session, ask, periods, original=original)
    rows = []
    for participant_id, project_id, code, name, milestone, due, actual in found:
        is_now = due.year == year
        end = ask.through_on if is_now else ask.base_through_on
        done = Decimal(int(actual is not None and actual <= end))
        note = f"{milestone}: {due} / {actual or '-'}"
        row = SourceRow(
            "project",
            str(project_id),
            code,
            name,
            done if is_now else None,
            _ONE if is_now else None,
            None if is_now else done,
            None if is_now else _ONE,
            None,
            note,
        )
        rows.append((participant_id, row))
    return for_everybody(ask, rows, lambda some: of_shares(some, ask.rule))


async def _against_plan(ctx: Context, ask: Ask) -> Mapping[UUID, Measurement]:
    last = first_of(ask.through_on)
    year = ask.quarter.year
    found = await repository.investment_against_plan(ctx.session, ask, year, date(year, 1, 1), last)
    rows = [
        (
            row[0],
            SourceRow(
                "project",
                str(row[1]),
                row[2],
                row[3],
                None if row[5] is None else Decimal(row[5]),
                Decimal(row[4]),
                known_at=row[6],
                note="" if row[5] is not None else "nothing_reported",
            ),
        )
        for row in found
    ]
    return for_everybody(ask, rows, lambda some: without_growth(of_shares(some, ask.rule)))


async def _invested(ctx: Context, ask: Ask) -> Mapping[UUID, Measurement]:
    now = (ask.first_on, first_of(ask.through_on))
    then = (year_before(now[0]), year_before(now[1]))
    found = await repository.invested(ctx.session, ask, now, then)
    rows = [
        (
            row[0],
            SourceRow(
                "project",
                str(row[1]),
                row[2],
                row[3],
                None if row[4] is None else Decimal(row[4]),
                base=None if row[5] is None else Decimal(row[5]),
                known_at=row[6],
            ),
        )
        for row in found
    ]
    return for_everybody(ask, rows, of_sums)


async def _rate(ctx: Context, ask: Ask, measure: Measure) -> Mapping[UUID, Measurement]:
    """What each project adds to the rate on the day, and added to it a year before."""
    facts = await load_facts(ctx.session, Question(as_of=ask.through_on, region_code=ask.region_code), SYSTEM)
    known = await repository.all_of(ctx.session, ask)
    rows = []
    for one in facts:
        if one.project_id not in known:
            continue
        participant_id, code, name = known[one.project_id]
        now = share_of(one, measure, ask.through_on)
        then = share_of(one, measure, ask.base_through_on) if ask.with_base else None
        if now is None and then is None:
            continue
        value, whole = _parts(now)
        base, base_whole = _parts(then)
        note = "" if isinstance(now, Share) or now is None else now.value
        row = SourceRow("project", str(one.project_id), code, name, value, whole, base, base_whole, None, note)
        rows.append((participant_id, row))
    return for_everybody(ask, rows, lambda some: of_shares(some, ask.rule))


def _parts(share: Any) -> tuple[Decimal | None, Decimal | None]:
    """A project that a rate cannot use counts on neither side, as in the rates themselves."""
    return (Decimal(share.numerator), Decimal(share.denominator)) if isinstance(share, Share) else (None, None)
