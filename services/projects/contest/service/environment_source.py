"""What departments did for the business environment (S30)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.security.principal import SYSTEM
from services.projects.contest.domain.adding import for_everybody, mean_of_parts, of_counts, of_shares
from services.projects.contest.domain.measuring import (
    Ask,
    GrowthBasis,
    Measured,
    MeasureInfo,
    Measurement,
    SourceRow,
)
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.contest.repository.subjects import regions_of_units
from services.projects.environment.domain.scores import UnitScore, score_units
from services.projects.environment.repository import scores as repository


class EnvironmentMeasure(StrEnum):
    """``on_time`` of appeals and requests, ``items_on_time`` of matters of the agency centre, ``rating`` of whom
    they were answered, 20 to 100, ``unfiled`` inspections nobody was told of. ``service`` is the mean of the first
    three, as far as there were any.
    """

    SERVICE = "service"
    ON_TIME = "on_time"
    ITEMS_ON_TIME = "items_on_time"
    RATING = "rating"
    UNFILED = "unfiled"


_KINDS: Final = frozenset({ParticipantKind.DEPARTMENT, ParticipantKind.TOWNSHIP})
_BEST_RATING: Final = Decimal(5)
_ONE: Final = Decimal(1)
_NOUGHT: Final = Decimal(0)

Rows = list[tuple[UUID, SourceRow]]


@dataclass(frozen=True, slots=True)
class _Fact:
    """What a unit did: of which measure, ``value`` of ``whole``."""

    measure: EnvironmentMeasure
    kind: str
    id: UUID
    value: Decimal
    whole: Decimal


def _facts(score: UnitScore) -> Iterable[_Fact]:
    on_time, items = EnvironmentMeasure.ON_TIME, EnvironmentMeasure.ITEMS_ON_TIME
    for ids, value in (
        (score.answered_on_time, _ONE),
        (score.answered_late, _NOUGHT),
        (score.unanswered_overdue, _NOUGHT),
    ):
        yield from (_Fact(on_time, "appeal", key, value, _ONE) for key in ids)
    for ids, value in ((score.items_on_time, _ONE), (score.items_late, _NOUGHT)):
        yield from (_Fact(items, "agency_item", key, value, _ONE) for key in ids)
    for key, points in score.scores:
        yield _Fact(EnvironmentMeasure.RATING, "appeal", key, Decimal(points), _BEST_RATING)
    for key in score.unfiled:
        yield _Fact(EnvironmentMeasure.UNFILED, "unfiled_inspection", key, _ONE, _ONE)


class EnvironmentSource:
    """A ComponentSource. Of a township the units that lie in it."""

    code = "environment"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        return tuple(
            MeasureInfo(
                code=one.value,
                unit="reports" if one is EnvironmentMeasure.UNFILED else "percent",
                growth=GrowthBasis.DIFFERENCE,
                kinds=_KINDS,
            )
            for one in EnvironmentMeasure
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        wanted = EnvironmentMeasure(measure)
        now = await _scores(ctx, ask.first_on, ask.through_on)
        then = await _scores(ctx, ask.base_first_on, ask.base_through_on) if ask.with_base else []
        of_unit = await _participant_of(ctx, ask, {one.unit_id for one in (*now, *then)})
        rows: Rows = []
        for scores, is_now in ((now, True), (then, False)):
            for score in scores:
                participant_id = of_unit.get(score.unit_id)
                if participant_id is not None:
                    rows += [
                        (participant_id, _row(fact, is_now=is_now))
                        for fact in _facts(score)
                        if _belongs(fact.measure, wanted)
                    ]
        return for_everybody(ask, rows, _figure(ask, wanted))


async def _scores(ctx: Context, first: date, last: date) -> list[UnitScore]:
    session = ctx.session
    return score_units(
        inspections=await repository.filed_inspections(session, SYSTEM, first, last),
        unfiled=await repository.unfiled_reports(session, SYSTEM, first, last),
        handled=await repository.handled_rounds(session, SYSTEM, first, last),
        items=await repository.done_items(session, SYSTEM, first, last),
        first=first,
        last=last,
        today=today_of(ctx),
    )


async def _participant_of(ctx: Context, ask: Ask, unit_ids: set[UUID]) -> dict[UUID, UUID]:
    keys = dict(ask.keys)
    if ask.kind is ParticipantKind.DEPARTMENT:
        return {unit_id: keys[unit_id] for unit_id in unit_ids if unit_id in keys}
    where = await regions_of_units(ctx.session, unit_ids)
    return {unit_id: keys[code] for unit_id, code in where.items() if code in keys}


def _belongs(measure: EnvironmentMeasure, wanted: EnvironmentMeasure) -> bool:
    if wanted is EnvironmentMeasure.SERVICE:
        return measure is not EnvironmentMeasure.UNFILED
    return measure is wanted


def _row(fact: _Fact, *, is_now: bool) -> SourceRow:
    value, whole = (fact.value, fact.whole) if is_now else (None, None)
    base, base_whole = (None, None) if is_now else (fact.value, fact.whole)
    return SourceRow(fact.kind, str(fact.id), "", "", value, whole, base, base_whole, None, fact.measure.value)


def _figure(ask: Ask, wanted: EnvironmentMeasure) -> Callable[[Iterable[SourceRow]], Measured]:
    def figure(rows: Iterable[SourceRow]) -> Measured:
        listed = list(rows)
        if wanted is EnvironmentMeasure.UNFILED:
            return of_counts(listed)
        if wanted is not EnvironmentMeasure.SERVICE:
            return of_shares(listed, ask.rule)
        return mean_of_parts(
            [
                of_shares([row for row in listed if row.note == one.value], ask.rule)
                for one in (
                    EnvironmentMeasure.ON_TIME,
                    EnvironmentMeasure.ITEMS_ON_TIME,
                    EnvironmentMeasure.RATING,
                )
            ],
            len(listed),
        )

    return figure
