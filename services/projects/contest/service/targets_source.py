"""How far participants completed their targets (S7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from libs.common.context import Context
from libs.common.security.principal import SYSTEM
from services.projects.contest.domain.adding import for_everybody, of_counts, of_means, without_growth
from services.projects.contest.domain.measuring import (
    Ask,
    GrowthBasis,
    Measured,
    MeasureInfo,
    Measurement,
    SourceRow,
)
from services.projects.contest.domain.participants import ParticipantKind
from services.projects.targets.repository import editions
from services.projects.targets.service.editions import AccountPeriod, entries_of, lines_of
from services.projects.targets.tables import TargetEditionEntryRow

_KINDS: Final = frozenset({ParticipantKind.TOWNSHIP, ParticipantKind.DEPARTMENT})
_HUNDRED: Final = Decimal(100)
_MEASURES: Final = ("completion", "score", "missed")


class TargetsSource:
    """A ComponentSource: the mean of completion or score by the targets' weights, and how many are behind.

    Where the quarter's assessment is frozen its figures count, else those of now. A target counts for the township
    in whose region it lies and for the unit that answers for it.
    """

    code = "targets"

    async def measures(self, session: AsyncSession) -> tuple[MeasureInfo, ...]:
        units = {"completion": "percent", "score": "points", "missed": "targets"}
        return tuple(
            MeasureInfo(code=code, unit=units[code], growth=GrowthBasis.NONE, kinds=_KINDS) for code in _MEASURES
        )

    async def measure(self, ctx: Context, ask: Ask, measure: str) -> Mapping[UUID, Measurement]:
        keys = dict(ask.keys)
        is_unit = ask.kind is ParticipantKind.DEPARTMENT
        rows = []
        for entry in await _entries(ctx, ask):
            key = entry.unit_id if is_unit else entry.region_code
            if key in keys and (row := _row(entry, measure)) is not None:
                rows.append((keys[key], row))
        return for_everybody(ask, rows, _figure(ask, measure))


async def _entries(ctx: Context, ask: Ask) -> Sequence[TargetEditionEntryRow]:
    year, quarter = ask.quarter.year, ask.quarter.number
    frozen = await editions.latest_edition(ctx.session, ask.region_code, year, quarter)
    if frozen is not None:
        return await editions.entries_of(ctx.session, frozen.id)
    # A standing is the same for everybody, whoever asks.
    everybody = replace(ctx, principal=SYSTEM)
    _, lines = await lines_of(everybody, AccountPeriod(ask.region_code, year, quarter))
    return entries_of(ctx.new_id(), lines)


def _row(entry: TargetEditionEntryRow, measure: str) -> SourceRow | None:
    value = entry.score if measure == "score" else entry.completion_percent
    note = f"{entry.verdict}" + ("" if entry.reason is None else f": {entry.reason}")
    if measure == "missed":
        if value is None or value >= _HUNDRED:
            return None
        return SourceRow("target", str(entry.target_id), entry.code, entry.name, Decimal(1), note=note)
    return SourceRow("target", str(entry.target_id), entry.code, entry.name, value, entry.weight, note=note)


def _figure(ask: Ask, measure: str) -> Callable[[Sequence[SourceRow]], Measured]:
    if measure == "missed":
        return lambda rows: without_growth(of_counts(rows))
    return lambda rows: of_means(rows, ask.rule)
