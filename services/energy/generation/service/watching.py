"""What of plants asks for people: forced outages, underperformance, targets behind their pace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.energy import SituationKind
from libs.common.local_time import today_of
from libs.common.validity import holds_on
from services.energy import dated
from services.energy.generation import day_repository, repository, target_repository, wording
from services.energy.generation.day_tables import GenerationRuleRow, GenerationTargetRow
from services.energy.generation.domain.output import Output
from services.energy.generation.domain.pace import Pace, level_of
from services.energy.generation.domain.plant import State
from services.energy.generation.service.targets import name_of, pace_of_target
from services.energy.generation.tables import PlantRow, PlantUnitRatingRow, PlantUnitRow
from services.energy.situations.domain.situation import Finding, Subject
from services.energy.situations.repository import open_situations
from services.energy.situations.service import settle
from services.energy.situations.tables import SituationRow

PLANT: Final = "plant"
TARGET: Final = "generation_target"
ENDED: Final = "ended"
MET: Final = "met"
WITHDRAWN: Final = "withdrawn"
# Days looked back on for days in a row that can be judged.
_LOOK_BACK: Final = 60
# A day is judged when so much of it is known on both sides.
_JUDGED_SHARE: Final = 0.75
# Energy below this share of the day's capacity says nothing of how well a plant makes use of it.
_IDLE_SHARE: Final = 0.02


async def watch_plants(ctx: Context, plants: Sequence[PlantRow]) -> None:
    """Settle outages and underperformance of locked plants."""
    rules = await target_repository.all_rules(ctx.session)
    today = today_of(ctx)
    for plant in plants:
        rule = dated.in_force(rules, plant.region_code, today)
        is_retired = plant.retired_on is not None and plant.retired_on <= today
        findings: list[Finding] = []
        judged = {SituationKind.GENERATION_OUTAGE, SituationKind.GENERATION_UNDERPERFORMANCE}
        if rule is not None and not is_retired:
            outage = await _outage(ctx, plant, rule)
            under = await _underperformance(ctx, plant, rule)
            findings = [finding for finding in (outage, under) if finding is not None]
        await settle(ctx, _subject(plant), findings, judged=judged, reason=_ended)


def _ended(_row: SituationRow) -> str:
    return ENDED


def _subject(plant: PlantRow) -> Subject:
    return Subject(
        type=PLANT,
        id=plant.id,
        code=plant.code,
        name=plant.name,
        region_code=plant.region_code,
        enterprise_id=plant.enterprise_id,
        responsible_person_id=plant.responsible_person_id,
        responsible_unit_id=plant.responsible_unit_id,
    )


async def _outage(ctx: Context, plant: PlantRow, rule: GenerationRuleRow) -> Finding | None:
    states = await repository.states_touching(ctx.session, [plant.id], ctx.now, ctx.now + timedelta(seconds=1))
    out = [
        row
        for row in states
        if row.state == State.OUTAGE_FORCED and (ctx.now - row.starts_at) >= timedelta(hours=rule.outage_hours)
    ]
    if not out:
        return None
    units = {unit.id: unit for unit in await repository.parts_of(ctx.session, PlantUnitRow, [plant.id])}
    ratings = await repository.facts_of_units(ctx.session, PlantUnitRatingRow, list(units))
    today = today_of(ctx)
    capacity = {row.unit_id: row.capacity_kw for row in ratings if holds_on(row, today)}
    total = sum(capacity.values())
    lost = sum(capacity.get(row.unit_id, 0.0) for row in out)
    level = level_of(lost / total if total else 0.0, (rule.outage_share_1, rule.outage_share_2))
    if not level:
        return None
    hours = max((ctx.now - row.starts_at) / timedelta(hours=1) for row in out)
    names = sorted(units[row.unit_id].name for row in out)
    zh, en = wording.outage(plant.name, names, lost, lost / total, hours)
    return Finding(
        kind=SituationKind.GENERATION_OUTAGE,
        level=level,
        planned=total,
        actual=total - lost,
        explanation_zh=zh,
        explanation_en=en,
    )


async def _underperformance(ctx: Context, plant: PlantRow, rule: GenerationRuleRow) -> Finding | None:
    today = today_of(ctx)
    first = today - timedelta(days=_LOOK_BACK)
    known = await day_repository.days_of(ctx.session, plant.id, first, today - timedelta(days=1))
    judged = [(day, output) for day, output in known if _is_judged(output)]
    run: list[tuple[date, Output]] = []
    for day, output in reversed(judged):
        ratio = output.delivery_ratio
        if ratio is None or ratio >= rule.under_ratio:
            break
        run.append((day, output))
    if len(run) < rule.under_days:
        return None
    together = sum((output for _, output in run), Output())
    ratio = together.delivery_ratio or 0.0
    zh, en = wording.underperformance(plant.name, len(run), ratio, rule.under_ratio, together.unexplained_kwh)
    return Finding(
        kind=SituationKind.GENERATION_UNDERPERFORMANCE,
        level=1,
        # Since when; the energies grow with every day and are told in the explanation.
        reference_on=run[-1][0],
        explanation_zh=zh,
        explanation_en=en,
    )


def _is_judged(output: Output) -> bool:
    enough = output.compared >= _JUDGED_SHARE * max(output.slots, 1)
    return enough and output.expected_kwh > _IDLE_SHARE * output.capacity_kwh


async def watch_targets(ctx: Context, targets: Sequence[GenerationTargetRow]) -> None:
    """Settle how locked targets of this year stand against their pace by yesterday."""
    rules = await target_repository.all_rules(ctx.session)
    yesterday = today_of(ctx) - timedelta(days=1)
    for target in targets:
        rule = dated.in_force(rules, target.region_code, yesterday)
        if rule is None or target.year != yesterday.year:
            continue
        pace = await pace_of_target(ctx, target, yesterday, rule.least_completeness)
        if pace.behind_points is None:
            # Too little is known: what is open stays open, nothing is opened.
            continue
        finding = await _behind(ctx, target, pace, rule)
        await _settle_target(ctx, target, [] if finding is None else [finding], MET)


async def close_years(ctx: Context, targets: Sequence[GenerationTargetRow]) -> None:
    """Clear what is open of targets whose year is over; the settlement of the year is another matter."""
    for target in targets:
        await _settle_target(ctx, target, [], ENDED)


async def forget_target(ctx: Context, target: GenerationTargetRow) -> None:
    """Clear what is open of a target that was withdrawn."""
    await _settle_target(ctx, target, [], WITHDRAWN)


async def _behind(
    ctx: Context, target: GenerationTargetRow, pace: Pace, rule: GenerationRuleRow
) -> Finding | None:
    assert pace.behind_points is not None
    level = level_of(pace.behind_points, (rule.behind_points_1, rule.behind_points_2))
    if not level:
        return None
    name_zh, name_en = await name_of(ctx, target)
    stated = await _stated(ctx, target, level, pace.day)
    actual = None if pace.scaled_kwh is None else round(pace.scaled_kwh, 1)
    return Finding(
        kind=SituationKind.GENERATION_BEHIND_PACE,
        level=level,
        reference_on=pace.day if stated is None else stated.reference_on,
        planned=round(pace.planned_kwh, 1) if stated is None else stated.planned,
        actual=actual if stated is None else stated.actual,
        explanation_zh=wording.behind(name_zh, pace)[0],
        explanation_en=wording.behind(name_en, pace)[1],
    )


async def _stated(ctx: Context, target: GenerationTargetRow, level: int, day: date) -> SituationRow | None:
    """What was told of the target this month at this level: the figures move every day, which alone is no news."""
    kind = SituationKind.GENERATION_BEHIND_PACE
    known = await open_situations(ctx.session, [kind], [target.line_id])
    row = known.get(target.line_id, {}).get(kind)
    if row is None or row.level != level or row.reference_on is None:
        return None
    return row if (row.reference_on.year, row.reference_on.month) == (day.year, day.month) else None


async def _settle_target(
    ctx: Context, target: GenerationTargetRow, findings: Sequence[Finding], reason: str
) -> None:
    name_zh, _ = await name_of(ctx, target)
    plant = await _plant(ctx, target.plant_id)
    subject = Subject(
        type=TARGET,
        id=target.line_id,
        code=f"{target.year}-{target.region_code if plant is None else plant.code}"
        + (f"-{target.kind}" if target.kind else ""),
        name=name_zh,
        region_code=target.region_code,
        enterprise_id=None if plant is None else plant.enterprise_id,
        responsible_person_id=target.responsible_person_id,
        responsible_unit_id=target.responsible_unit_id,
    )
    judged = {SituationKind.GENERATION_BEHIND_PACE}
    await settle(ctx, subject, findings, judged=judged, reason=lambda _row: reason)


async def _plant(ctx: Context, plant_id: UUID | None) -> PlantRow | None:
    if plant_id is None:
        return None
    return (await repository.plants_by_id(ctx.session, [plant_id])).get(plant_id)
