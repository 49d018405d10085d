"""Who missed what, what was said and what was done about it (追究)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.conditions import ProjectConditionKind
from libs.common.contracts.projects.targets import TargetMissFollowedUpV1, TargetMissRecordedV1
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.economy.domain.arithmetic import plain, shown
from services.projects.registry.repository import names_of_entries
from services.projects.registry.service.recording import demand_region
from services.projects.targets.domain.accounts import (
    STEPS,
    Assessed,
    Consequence,
    MissState,
    MissStep,
    is_missed,
)
from services.projects.targets.domain.goals import Direction
from services.projects.targets.domain.wording import missed_title
from services.projects.targets.errors import MissStepRefused
from services.projects.targets.repository import editions as repository
from services.projects.targets.repository.goals import find_target
from services.projects.targets.service.goals import indicator_for
from services.projects.targets.tables import TargetEditionRow, TargetMissRow, TargetMissStepRow, TargetRow

_FIGURES: Final = 6
_WARNINGS: Final = (ProjectConditionKind.TARGET_BEHIND_PACE.value, ProjectConditionKind.TARGET_MISSED.value)


@dataclass(frozen=True, slots=True)
class Found:
    """A target of a settlement, and who answers for it."""

    row: TargetRow
    unit: str
    unit_name: str
    person_name: str
    assessed: Assessed


async def settle_misses(ctx: Context, edition: TargetEditionRow, found: Sequence[Found]) -> None:
    """Record the misses of a settlement; those that a later edition does not find any more are lifted."""
    known = {
        row.target_id: row
        for row in await repository.misses_of_year(ctx.session, edition.region_code, edition.year)
    }
    for one in found:
        row = known.get(one.row.id)
        if is_missed(one.assessed):
            await _record(ctx, edition, one, row)
        elif row is not None and row.state != MissState.LIFTED.value:
            row.edition_id, row.state = edition.id, MissState.LIFTED.value
            await _follow_up(ctx, row, MissStep.LIFTED, today_of(ctx), edition.reason)


async def _record(ctx: Context, edition: TargetEditionRow, found: Found, row: TargetMissRow | None) -> None:
    target, assessed = found.row, found.assessed
    assert assessed.actual is not None, "what is not known is not missed"
    completion = assessed.completion_percent
    facts: dict[str, Any] = {
        "edition_id": edition.id,
        "name": target.name,
        "amount": target.amount,
        "actual": shown(assessed.actual, _FIGURES),
        "completion_percent": None if completion is None else shown(completion, _FIGURES),
    }
    if row is None:
        row = TargetMissRow(
            id=ctx.new_id(),
            target_id=target.id,
            year=edition.year,
            region_code=target.region_code,
            code=target.code,
            unit_id=target.responsible_unit_id,
            unit_name=found.unit_name,
            person_id=target.responsible_person_id,
            person_name=found.person_name,
            measure_unit=found.unit,
            state=MissState.OPEN.value,
            recorded_at=ctx.now,
            version=1,
            updated_at=ctx.now,
            **facts,
        )
        ctx.session.add(row)
        await _tell(ctx, row, TargetMissRecordedV1)
        return
    is_same = all(getattr(row, name) == value for name, value in facts.items() if name != "edition_id")
    if is_same and row.state != MissState.LIFTED.value:
        row.edition_id = edition.id
        return
    for name, value in facts.items():
        setattr(row, name, value)
    if row.state == MissState.LIFTED.value:
        row.state = MissState.OPEN.value
    await _follow_up(ctx, row, MissStep.CORRECTED, today_of(ctx), edition.reason)


async def get_miss(ctx: Context, miss_id: UUID, *, lock: bool = False) -> TargetMissRow:
    """Raises NotFound."""
    row = await repository.find_miss(ctx.session, miss_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def take_step(
    ctx: Context, row: TargetMissRow, step: MissStep, on: date, text: str, consequence: Consequence | None = None
) -> TargetMissRow:
    """Explain a locked miss, decide on it, or report the decision carried out. Raises MissStepRefused."""
    allowed, state = STEPS[step]
    if MissState(row.state) not in allowed:
        raise MissStepRefused(state=MissState(row.state), step=step)
    if on > today_of(ctx):
        errors = [FieldError("date.in_future", "/on")]
        raise MissStepRefused(state=MissState(row.state), step=step, errors=errors)
    row.state = state.value
    if consequence is not None:
        row.consequence = consequence.value
    await _follow_up(ctx, row, step, on, text)
    return row


async def _follow_up(ctx: Context, row: TargetMissRow, step: MissStep, on: date, text: str) -> None:
    row.advance(ctx.now)
    ctx.session.add(
        TargetMissStepRow(
            miss_id=row.id,
            version=row.version,
            kind=step.value,
            at=ctx.now,
            actor=ctx.principal.subject,
            actor_role=ctx.principal.role.value,
            on=on,
            text=text,
            consequence=row.consequence if step is MissStep.DECIDED else None,
        )
    )
    await _tell(ctx, row, TargetMissFollowedUpV1, step=step.value, text=text)


async def _tell(
    ctx: Context, row: TargetMissRow, event: type[TargetMissRecordedV1] | type[TargetMissFollowedUpV1], **more: Any
) -> None:
    await ctx.session.flush()
    target = await find_target(ctx.session, row.target_id)
    assert target is not None, "a target that was missed stays"
    indicator = await indicator_for(ctx, target.indicator_code)
    title_zh, title_en = missed_title(row.name, Direction(target.direction), indicator, row.amount, row.actual)
    payload = event(
        miss_id=row.id,
        target_id=row.target_id,
        code=row.code,
        name=row.name,
        year=row.year,
        unit_id=row.unit_id,
        unit_name=row.unit_name,
        person_id=row.person_id,
        person_name=row.person_name,
        amount=plain(row.amount),
        actual=plain(row.actual),
        measure_unit=row.measure_unit,
        title_zh=title_zh,
        title_en=title_en,
        completion_percent=None if row.completion_percent is None else plain(row.completion_percent),
        state=row.state,
        consequence=row.consequence,
        **more,
    )
    await record_event(
        ctx, payload, subject=str(row.id), aggregate_version=row.version, region_code=row.region_code
    )


@dataclass(frozen=True, slots=True)
class PartyAccount:
    """What a unit and person answered for in a year: targets, misses, and how often they were warned."""

    unit_id: UUID | None
    unit_name: str
    person_id: UUID | None
    person_name: str
    targets: int
    warnings_behind: int
    warnings_missed: int
    misses: tuple[TargetMissRow, ...]


async def accounts_of(ctx: Context, region_code: str, year: int) -> list[PartyAccount]:
    """The ledger of a year by unit and person, most misses first. Raises NotFound, UnknownRegion."""
    await demand_region(ctx, region_code)
    misses = await repository.standing_misses(ctx.session, ctx.principal, region_code, year)
    targets = {
        (unit_id, person_id): count
        for unit_id, person_id, count in await repository.answerable(ctx.session, ctx.principal, region_code, year)
    }
    warnings: dict[tuple[UUID | None, UUID | None, str], int] = {
        (unit_id, person_id, kind): count
        for unit_id, person_id, kind, count in await repository.warnings_of_year(
            ctx.session, region_code, date(year, 1, 1), date(year, 12, 31), _WARNINGS
        )
    }
    keys = dict.fromkeys([*targets, *((row.unit_id, row.person_id) for row in misses)])
    units = await names_of_entries(ctx.session, "unit", sorted({str(unit) for unit, _ in keys if unit}))
    persons = await names_of_entries(ctx.session, "person", sorted({str(one) for _, one in keys if one}))
    behind, missed = _WARNINGS
    accounts = [
        PartyAccount(
            unit_id,
            units.get(str(unit_id), ""),
            person_id,
            persons.get(str(person_id), ""),
            targets.get((unit_id, person_id), 0),
            warnings.get((unit_id, person_id, behind), 0),
            warnings.get((unit_id, person_id, missed), 0),
            tuple(row for row in misses if (row.unit_id, row.person_id) == (unit_id, person_id)),
        )
        for unit_id, person_id in keys
    ]
    return sorted(accounts, key=lambda one: (-len(one.misses), one.unit_name, one.person_name))
