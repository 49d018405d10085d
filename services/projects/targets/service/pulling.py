"""Months of targets: pulled from their source, or typed with evidence; what differs is a new edition."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import TargetActualRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.digests import SHA256, digest
from libs.common.web.problems import FieldError
from services.projects.conditions.domain.condition import Outcome
from services.projects.economy.domain.arithmetic import plain, shown
from services.projects.economy.domain.months import first_of, plus
from services.projects.targets.domain.goals import Goal, Profile
from services.projects.targets.domain.indicators import TYPED, Nature
from services.projects.targets.domain.pace import months_between
from services.projects.targets.errors import (
    ChangeNeedsReason,
    EvidenceMissing,
    FigureFromSource,
    MonthOutside,
    TargetWithdrawn,
)
from services.projects.targets.repository import goals as repository
from services.projects.targets.repository.actuals import latest_actuals
from services.projects.targets.service.actuals import Actual, ActualRow, ActualSource, Sources
from services.projects.targets.service.judging import World, judge_targets, load_world
from services.projects.targets.service.scoping import with_members
from services.projects.targets.tables import TargetActualRow, TargetActualSourceRow, TargetRow

_FIGURES: Final = 6
# Targets that are locked and pulled in one go.
_BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Pulled:
    """How many editions a pull wrote, and what became of the conditions."""

    targets: int = 0
    editions: int = 0
    judged: Outcome = field(default_factory=Outcome)

    def __add__(self, other: Pulled) -> Pulled:
        return Pulled(self.targets + other.targets, self.editions + other.editions, self.judged + other.judged)


async def pull_all(ctx: Context, sources: Sources) -> Pulled:
    """Every target of this year and of the last; safe to run twice and beside writes."""
    world = await load_world(ctx)
    ids = await repository.ids_to_follow(ctx.session, today_of(ctx).year)
    pulled = Pulled()
    for start in range(0, len(ids), _BATCH):
        rows = await repository.lock_targets(ctx.session, ids[start : start + _BATCH])
        pulled += await pull_targets(ctx, sources, rows, world)
    return pulled


async def pull_targets(
    ctx: Context, sources: Sources, rows: Sequence[TargetRow], world: World | None = None
) -> Pulled:
    """Pull the months of locked targets and judge them. Raises RuleMissing."""
    world = world or await load_world(ctx)
    known = await latest_actuals(ctx.session, [row.id for row in rows])
    editions = 0
    for row in rows:
        goal = repository.goal_of(row, world.indicators[row.indicator_code])
        source = sources.find(goal.indicator.source)
        if source is not None:
            editions += await _pull(ctx, source, row, goal, known.get(row.id, {}), world)
    await ctx.session.flush()
    return Pulled(len(rows), editions, await judge_targets(ctx, rows, world))


async def _pull(
    ctx: Context,
    source: ActualSource,
    row: TargetRow,
    goal: Goal,
    known: dict[date, TargetActualRow],
    world: World,
) -> int:
    scope = await with_members(ctx, goal.scope)
    written = 0
    season_years = world.rule(row.region_code, today_of(ctx)).season_years
    for month in _months_of(goal, first_of(today_of(ctx)), season_years):
        found = await source.actual(ctx.session, goal.indicator, scope, month)
        written += await _keep(ctx, row, month, found, known.get(month), source=source.code)
    return written


def _months_of(goal: Goal, this_month: date, season_years: int) -> Iterable[date]:
    """The months that have begun; of a seasonal target those of the years before too."""
    first = goal.first_month
    if goal.profile is Profile.SEASONAL and goal.indicator.nature is Nature.FLOW:
        first = plus(first, -12 * season_years)
    return months_between(first, min(goal.last_month, this_month))


async def _keep(
    ctx: Context,
    row: TargetRow,
    month: date,
    found: Actual,
    latest: TargetActualRow | None,
    *,
    source: str,
    evidence: str = "",
    note: str = "",
) -> int:
    """Write the next edition unless the latest says the same; answers how many were written."""
    value = None if found.value is None else shown(found.value, _FIGURES)
    rows = [_row_json(one) for one in found.rows]
    mark = _digest(value, found.reason, evidence, rows)
    if latest is not None and latest.digest == mark:
        return 0
    actual = TargetActualRow(
        id=ctx.new_id(),
        target_id=row.id,
        month=month,
        edition=1 if latest is None else latest.edition + 1,
        value=value,
        reason=found.reason,
        source=source,
        rows=len(rows),
        complete=found.complete,
        expected=found.expected,
        digest=mark,
        evidence=evidence,
        note=note,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(actual)
    await ctx.session.flush()
    if rows:
        ctx.session.add(TargetActualSourceRow(actual_id=actual.id, rows=rows))
    await _tell(ctx, row, actual)
    return 1


def _row_json(row: ActualRow) -> dict[str, Any]:
    return {
        "type": row.type,
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "amount": None if row.amount is None else plain(shown(row.amount, _FIGURES)),
        "known_at": None if row.known_at is None else row.known_at.isoformat(),
        "note": row.note,
    }


def _digest(value: Decimal | None, reason: str | None, evidence: str, rows: list[dict[str, Any]]) -> str:
    # A project that is called otherwise is no other figure.
    facts = [{name: fact for name, fact in row.items() if name not in {"name", "code"}} for row in rows]
    text = json.dumps([None if value is None else plain(value), reason, evidence, facts], separators=(",", ":"))
    return digest(SHA256, text.encode())


async def _tell(ctx: Context, row: TargetRow, actual: TargetActualRow) -> None:
    figure = f"{row.id}:{actual.month:%Y-%m}"
    payload = TargetActualRecordedV1(
        figure=figure,
        target_id=row.id,
        code=row.code,
        month=actual.month,
        edition=actual.edition,
        value=None if actual.value is None else plain(actual.value),
        reason=actual.reason,
        source=actual.source,
        rows=actual.rows,
    )
    await record_event(
        ctx,
        payload,
        subject=figure,
        aggregate_version=actual.edition,
        region_code=row.region_code,
        ordered_by=str(row.id),
    )


@dataclass(frozen=True, slots=True)
class TypedFigure:
    """A month's figure that somebody typed, because the indicator has no source; ``note`` says why it changed."""

    month: date
    value: Decimal
    evidence: str
    note: str = ""


async def type_figure(ctx: Context, row: TargetRow, figure: TypedFigure) -> TargetActualRow:
    """Record a typed figure of a locked target and judge it.

    Raises TargetWithdrawn, FigureFromSource, MonthOutside, EvidenceMissing, ChangeNeedsReason, RuleMissing.
    """
    if row.withdrawn_on is not None:
        raise TargetWithdrawn(on=row.withdrawn_on, reason=row.withdrawn_reason)
    world = await load_world(ctx)
    goal = repository.goal_of(row, world.indicators[row.indicator_code])
    if not goal.indicator.is_typed:
        raise FigureFromSource(source=goal.indicator.source, indicator_code=goal.indicator.code)
    season_years = world.rule(row.region_code, today_of(ctx)).season_years
    if figure.month not in set(_months_of(goal, first_of(today_of(ctx)), season_years)):
        raise MonthOutside(month=f"{figure.month:%Y-%m}", errors=[FieldError("target.month_outside", "/month")])
    if not figure.evidence:
        raise EvidenceMissing(errors=[FieldError("target.evidence_missing", "/evidence")])
    latest = (await latest_actuals(ctx.session, [row.id])).get(row.id, {}).get(figure.month)
    if latest is not None and latest.value != figure.value and not figure.note:
        raise ChangeNeedsReason(errors=[FieldError("target.reason_required", "/note")])
    await _keep(
        ctx,
        row,
        figure.month,
        Actual(figure.value, None),
        latest,
        source=TYPED,
        evidence=figure.evidence,
        note=figure.note,
    )
    await ctx.session.flush()
    # Whoever reports what is behind is not alarmed between two of his figures: the scan opens, this clears.
    await judge_targets(ctx, [row], world, may_open=False)
    return (await latest_actuals(ctx.session, [row.id]))[row.id][figure.month]


async def pull_one(ctx: Context, sources: Sources, target_id: UUID) -> Pulled:
    """One target that the caller has read already; nothing where it was withdrawn."""
    rows = await repository.lock_targets(ctx.session, [target_id])
    return await pull_targets(ctx, sources, rows)
