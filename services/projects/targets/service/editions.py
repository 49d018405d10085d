"""Quarters assessed and years settled: computed at any time, frozen once the period is over."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import TargetsFrozenV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.digests import SHA256, digest
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.economy.domain.arithmetic import plain, shown
from services.projects.economy.domain.months import first_of, last_day, plus
from services.projects.registry.domain.validity import in_force
from services.projects.registry.repository import lock_key, names_of_entries
from services.projects.registry.service.recording import demand_region
from services.projects.targets.domain.accounts import Assessed, PartyScore, Scored, assess, party_score
from services.projects.targets.domain.rules import ScoreRule
from services.projects.targets.errors import EditionExists, NothingToFreeze, PeriodNotOver, RuleMissing
from services.projects.targets.repository import catalogue, goals
from services.projects.targets.repository import editions as repository
from services.projects.targets.repository.actuals import latest_actuals
from services.projects.targets.service.judging import load_world, pace_of, values_of
from services.projects.targets.service.misses import Found, settle_misses
from services.projects.targets.tables import (
    TargetActualRow,
    TargetEditionEntryRow,
    TargetEditionRow,
    TargetRow,
)

_FIGURES: Final = 6
_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class AccountPeriod:
    """A region's quarter, or without one its year."""

    region_code: str
    year: int
    quarter: int | None

    @property
    def last_month(self) -> date:
        return date(self.year, 12 if self.quarter is None else self.quarter * _QUARTER, 1)

    @property
    def is_year(self) -> bool:
        return self.quarter is None


@dataclass(frozen=True, slots=True)
class Line:
    """A target in a period, with the names of who answers and the actuals behind its figures."""

    row: TargetRow
    unit: str
    unit_words: tuple[str, str]
    unit_name: str
    person_name: str
    assessed: Assessed
    rule: ScoreRule
    actuals: Mapping[date, TargetActualRow]


async def lines_of(ctx: Context, period: AccountPeriod, *, until: date | None = None) -> tuple[date, list[Line]]:
    """The targets of a period as their figures are now, through its last month that is over.

    ``until`` is an earlier month to look at them from. Raises NotFound, UnknownRegion, RuleMissing.
    """
    await demand_region(ctx, period.region_code)
    through = min(until or period.last_month, plus(first_of(today_of(ctx)), -1))
    rows = await goals.targets_of_year(ctx.session, period.region_code, period.year)
    world = await load_world(ctx)
    scores = await catalogue.all_score_rules(ctx.session)
    actuals = await latest_actuals(ctx.session, [row.id for row in rows])
    units = await _names(ctx, "unit", [row.responsible_unit_id for row in rows])
    persons = await _names(ctx, "person", [row.responsible_person_id for row in rows])
    lines = []
    for row in rows:
        own = actuals.get(row.id, {})
        goal = goals.goal_of(row, world.indicators[row.indicator_code])
        day = last_day(through)
        pace_rule, score_rule = world.rule(row.region_code, day), in_force(scores, row.region_code, day)
        if score_rule is None:
            raise RuleMissing(region_code=row.region_code, on=day)
        figures = values_of(own)
        pace = pace_of(goal, figures, pace_rule)
        assessed = assess(pace, figures, through, plus(through, 1), pace_rule, score_rule)
        line = Line(
            row,
            goal.indicator.unit,
            (goal.indicator.unit_zh, goal.indicator.unit_en),
            units.get(str(row.responsible_unit_id), ""),
            persons.get(str(row.responsible_person_id), ""),
            assessed,
            score_rule,
            {month: one for month, one in own.items() if month <= through},
        )
        lines.append(line)
    return through, lines


async def _names(ctx: Context, kind: str, keys: Sequence[UUID | None]) -> dict[str, str]:
    return await names_of_entries(ctx.session, kind, sorted({str(key) for key in keys if key is not None}))


@dataclass(frozen=True, slots=True)
class Party:
    """Who answers, and the score of a period."""

    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    score: PartyScore


def parties_of(entries: Sequence[TargetEditionEntryRow]) -> list[Party]:
    """Units and persons with their scores, best first; who has none stands last."""
    groups: dict[tuple[UUID | None, UUID | None], list[TargetEditionEntryRow]] = {}
    for entry in entries:
        groups.setdefault((entry.unit_id, entry.person_id), []).append(entry)
    parties = [
        Party(
            unit_id,
            own[0].unit_name,
            person_id,
            own[0].person_name,
            party_score(Scored(one.target_id, one.weight, one.score) for one in own),
        )
        for (unit_id, person_id), own in groups.items()
    ]
    return sorted(
        parties,
        key=lambda party: (
            party.score.score is None,
            -(party.score.score or 0),
            party.unit_name,
            party.person_name,
        ),
    )


def entries_of(edition_id: UUID, lines: Sequence[Line]) -> list[TargetEditionEntryRow]:
    """Lines as rows; of a preview they belong to no session."""
    entries = []
    for position, line in enumerate(lines, start=1):
        row, assessed = line.row, line.assessed
        entries.append(
            TargetEditionEntryRow(
                edition_id=edition_id,
                target_id=row.id,
                position=position,
                code=row.code,
                name=row.name,
                region_code=row.region_code,
                unit=line.unit,
                amount=row.amount,
                planned=None if assessed.planned is None else shown(assessed.planned, _FIGURES),
                actual=None if assessed.actual is None else shown(assessed.actual, _FIGURES),
                through=assessed.through,
                verdict=assessed.verdict.value,
                is_final=assessed.is_final,
                reason=assessed.reason,
                completion_percent=(
                    None if assessed.completion_percent is None else shown(assessed.completion_percent, _FIGURES)
                ),
                score=None if assessed.score is None else shown(assessed.score, _FIGURES),
                weight=row.weight,
                unit_id=row.responsible_unit_id,
                unit_name=line.unit_name,
                person_id=row.responsible_person_id,
                person_name=line.person_name,
                rule={
                    "full_score": plain(line.rule.full_score),
                    "zero_below_percent": plain(line.rule.zero_below_percent),
                    "bonus_per_percent": plain(line.rule.bonus_per_percent),
                    "max_bonus": plain(line.rule.max_bonus),
                },
                actual_ids={month.isoformat(): str(one.id) for month, one in sorted(line.actuals.items())},
            )
        )
    return entries


async def freeze(ctx: Context, period: AccountPeriod, reason: str) -> TargetEditionRow:
    """Freeze a period that is over as its next edition; another than the first says why and differs.

    A settled year brings its misses in line. Raises NotFound, PeriodNotOver, EditionExists, NothingToFreeze,
    RuleMissing.
    """
    ensure_region(ctx.principal, period.region_code)
    if today_of(ctx) <= last_day(period.last_month):
        raise PeriodNotOver(last_on=last_day(period.last_month))
    await lock_key(ctx.session, "target_edition", f"{period.region_code}:{period.year}:{period.quarter}")
    _, lines = await lines_of(ctx, period)
    latest = await repository.latest_edition(ctx.session, period.region_code, period.year, period.quarter)
    if latest is not None and not reason:
        raise EditionExists(edition=latest.edition, errors=[FieldError("target.reason_required", "/reason")])
    edition_id = ctx.new_id()
    entries = entries_of(edition_id, lines)
    mark = _digest(entries)
    if not entries or (latest is not None and latest.digest == mark):
        raise NothingToFreeze(edition=0 if latest is None else latest.edition)
    done = [line.assessed.is_done for line in lines]
    row = TargetEditionRow(
        id=edition_id,
        region_code=period.region_code,
        year=period.year,
        quarter=period.quarter,
        edition=1 if latest is None else latest.edition + 1,
        reason=reason,
        targets=len(lines),
        reached=done.count(True),
        missed=done.count(False),
        unknown=done.count(None),
        digest=mark,
        frozen_at=ctx.now,
        frozen_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    ctx.session.add_all(entries)
    await ctx.session.flush()
    await _tell(ctx, row)
    if period.is_year:
        found = [Found(line.row, line.unit, line.unit_name, line.person_name, line.assessed) for line in lines]
        await settle_misses(ctx, row, found)
    return row


def _digest(entries: Sequence[TargetEditionEntryRow]) -> str:
    """Of all that the entries say; which actuals said it is left out, what they said is not."""
    facts = [entry.model_dump(mode="json", exclude={"edition_id", "actual_ids"}) for entry in entries]
    return digest(SHA256, json.dumps(facts, sort_keys=True, ensure_ascii=False, default=str).encode())


async def _tell(ctx: Context, row: TargetEditionRow) -> None:
    payload = TargetsFrozenV1(
        edition_id=row.id,
        year=row.year,
        quarter=row.quarter,
        edition=row.edition,
        reason=row.reason,
        targets=row.targets,
        reached=row.reached,
        missed=row.missed,
        unknown=row.unknown,
        digest=row.digest,
        frozen_at=row.frozen_at,
    )
    await record_event(ctx, payload, subject=str(row.id), aggregate_version=1, region_code=row.region_code)


async def get_edition(ctx: Context, edition_id: UUID) -> TargetEditionRow:
    """Raises NotFound."""
    row = await repository.find_edition(ctx.session, edition_id)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row
