"""How targets stand: progress is kept, situations and vetoes are brought in line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.local_time import today_of
from services.energy.efficiency.domain import wording
from services.energy.efficiency.domain.books import (
    Book,
)
from services.energy.efficiency.domain.targets import (
    EfficiencyRule,
    Light,
    Measure,
    Pace,
    Progress,
    judge,
)
from services.energy.efficiency.repository import targets as repository
from services.energy.efficiency.repository.figures import enterprise_regions
from services.energy.efficiency.service.target_facts import TargetFacts, books_of, facts_of
from services.energy.efficiency.service.telling import tell_judged
from services.energy.efficiency.service.vetoes import RED_MONTHS, YEAR_MISSED, Ground, settle_veto
from services.energy.efficiency.service.world import World
from services.energy.efficiency.tables import TargetRow, VetoRow
from services.energy.situations.domain.situation import Finding, Judgement, Subject
from services.energy.situations.service import settle_all
from services.energy.situations.tables import SituationRow

KINDS: Final = (SituationKind.ENERGY_TARGET_MISSED,)
_DECEMBER: Final = 12
_MAX_REASONS: Final = 50


async def judge_after(ctx: Context, enterprise_ids: Collection[UUID], years: Collection[int]) -> None:
    """Judge the targets of enterprises whose figures changed, and let those of the regions above be judged soon.

    A region's target takes reading all of its enterprises, which nobody who reports a month should wait for. A
    year's figures shape the next year's seasonal pace.
    """
    affected = sorted({*years, *(year + 1 for year in years)})
    if not enterprise_ids or not affected:
        return
    codes = await enterprise_regions(ctx.session, enterprise_ids)
    await repository.note_due(
        ctx.session, ctx.new_id, ((code, year) for code in sorted(codes) for year in affected)
    )
    await judge_targets(ctx, await repository.lock_targets(ctx.session, affected, enterprise_ids=enterprise_ids))


async def judge_due(ctx: Context) -> None:
    """Judge the targets of regions whose enterprises' figures changed."""
    due = await repository.take_due(ctx.session)
    for year in sorted({year for _, year in due}):
        codes = {code for code, of_year in due if of_year == year}
        above = {wider for code in codes for wider in (code, *regions.ancestors(code))}
        rows = await repository.lock_targets(ctx.session, [year], enterprise_ids=(), region_codes=above)
        await judge_targets(ctx, rows)


async def judge_all(ctx: Context) -> None:
    """Judge the targets of this year and of the last: what meters and time changed."""
    year = today_of(ctx).year
    await judge_targets(ctx, await repository.lock_targets(ctx.session, (year - 1, year)))


async def judge_targets(ctx: Context, rows: Sequence[TargetRow]) -> None:
    """Judge locked targets, those of a year together; whose months say otherwise now is told."""
    before = {row.id: row.progress for row in rows}
    await judge_quietly(ctx, rows)
    for row in rows:
        if row.progress != before[row.id]:
            row.version += 1
            row.changed_at = ctx.now
            await tell_judged(ctx, row)


async def judge_quietly(ctx: Context, rows: Sequence[TargetRow]) -> None:
    """Judge locked targets, of whom the caller tells."""
    by_year: dict[int, list[TargetRow]] = defaultdict(list)
    for row in rows:
        by_year[row.year].append(row)
    vetoes = await repository.vetoes_of_targets(ctx.session, [row.id for row in rows])
    judgements: list[Judgement] = []
    for year, own in sorted(by_year.items()):
        books, world = await books_of(ctx, own, year)
        for row in own:
            judgement = await _judge_one(ctx, row, books, world, vetoes.get(row.id, []))
            if judgement is not None:
                judgements.append(judgement)
    if judgements:
        months = {row.id: row.judged_month for row in rows}

        def why_cleared(found: SituationRow) -> str:
            # The same months say otherwise now, or later ones made up for it.
            return "corrected" if months[found.subject_id] == found.reference_on else "met"

        await settle_all(ctx, judgements, judged=KINDS, reason=why_cleared)


async def withdraw(ctx: Context, row: TargetRow) -> None:
    """End what hangs on a target that was withdrawn."""
    known = (await repository.vetoes_of_targets(ctx.session, [row.id])).get(row.id, [])
    await settle_veto(ctx, row, known, None, "withdrawn")
    await settle_all(ctx, [Judgement(_subject(row))], judged=KINDS, reason=lambda _: "withdrawn")


async def _judge_one(
    ctx: Context, row: TargetRow, books: dict[UUID, Book], world: World, vetoes: Sequence[VetoRow]
) -> Judgement | None:
    """Keep the progress and settle the veto; None where nothing can be said, which clears nothing."""
    facts = facts_of(ctx, row, books, world)
    rule = world.rule(row.region_code, min(today_of(ctx), date(row.year, _DECEMBER, 31)))
    measure = Measure(row.measure)
    progress = judge(measure, row.year, row.value, Pace(row.pace), facts.months, facts.last_year, rule)
    row.progress = _kept(progress, facts)
    row.judged_at = ctx.now
    latest = progress.latest
    row.light = None if latest is None else latest.light.value
    row.judged_month = None if latest is None else latest.month
    if latest is None:
        return None
    product = _product(row, world)
    ground = _ground(row, progress, rule, product)
    lifting = "recovered"
    standing = next((one for one in vetoes if one.lifted_at is None), None)
    if standing is not None and standing.rows and standing.rows[-1]["month"] >= latest.month.isoformat():
        lifting = "corrected"
    await settle_veto(ctx, row, vetoes, ground, lifting)
    return Judgement(_subject(row), _findings(row, progress, product))


def _findings(row: TargetRow, progress: Progress, product: tuple[str, str]) -> tuple[Finding, ...]:
    latest = progress.latest
    if latest is None or (not progress.missed and (latest.light is Light.GREEN or progress.missed is False)):
        return ()
    measure = Measure(row.measure)
    if progress.missed:
        zh, en = wording.missed(measure, product, row.year, row.value, latest.actual)
    else:
        zh, en = wording.behind_pace(measure, product, row.year, latest)
    return (
        Finding(
            kind=SituationKind.ENERGY_TARGET_MISSED,
            level=2 if progress.missed or latest.light is Light.RED else 1,
            reference_on=latest.month,
            planned=float(latest.planned),
            actual=float(latest.actual),
            explanation_zh=zh,
            explanation_en=en,
        ),
    )


def _ground(row: TargetRow, progress: Progress, rule: EfficiencyRule, product: tuple[str, str]) -> Ground | None:
    latest = progress.latest
    if latest is None:
        return None
    points = _points(progress)
    measure = Measure(row.measure)
    if progress.missed:
        zh, en = wording.missed(measure, product, row.year, row.value, latest.actual)
        return Ground(YEAR_MISSED, zh, en, points)
    count = progress.red_months()
    if progress.missed is None and rule.veto_red_months is not None and count >= rule.veto_red_months:
        zh, en = wording.red_in_a_row(measure, product, row.year, count, latest)
        return Ground(RED_MONTHS, zh, en, points)
    return None


def _product(row: TargetRow, world: World) -> tuple[str, str]:
    product = world.products.get(row.product_code)
    return ("", "") if product is None else (product.name, product.unit)


def _subject(row: TargetRow) -> Subject:
    subject = str(row.enterprise_id or row.region_code)
    suffix = f":{row.product_code}" if row.product_code else ""
    name, _ = wording.measure_name(Measure(row.measure))
    return Subject(
        type="energy_target",
        id=row.id,
        code=f"{subject}:{row.year}:{row.measure}{suffix}",
        name=f"{row.subject_name} {row.year} 年{name}",
        region_code=row.region_code,
        enterprise_id=row.enterprise_id,
        responsible_person_id=row.responsible_person_id,
        responsible_unit_id=row.responsible_unit_id,
    )


def _points(progress: Progress) -> list[dict[str, Any]]:
    return [
        {
            "month": point.month.isoformat(),
            "planned": str(point.planned),
            "actual": str(point.actual),
            "deviation_percent": str(point.deviation_percent),
            "light": point.light.value,
        }
        for point in progress.points
    ]


def _kept(progress: Progress, facts: TargetFacts) -> dict[str, Any]:
    reasons = [
        {
            "code": one.code.value,
            "month": None if one.month is None else one.month.isoformat(),
            "subject": one.subject,
        }
        for one in facts.reasons[:_MAX_REASONS]
    ]
    return {
        "pace": progress.pace.value,
        "months_over": len(facts.months),
        "points": _points(progress),
        "forecast": None if progress.forecast is None else str(progress.forecast),
        "missed": progress.missed,
        "reasons": reasons,
    }
