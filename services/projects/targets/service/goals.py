"""Setting, changing and withdrawing targets."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects.targets import TargetChangedV1, TargetSetV1, TargetWithdrawnV1
from libs.common.local_time import today_of
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.registry.repository import lock_key
from services.projects.registry.service.recording import demand_region
from services.projects.targets.domain.goals import (
    Counting,
    Direction,
    Goal,
    Milestone,
    Profile,
    demand_acyclic,
    misfits,
)
from services.projects.targets.domain.indicators import Indicator
from services.projects.targets.domain.scopes import Scope
from services.projects.targets.domain.standing import Verdict
from services.projects.targets.domain.wording import name_of
from services.projects.targets.errors import (
    ChangeNeedsReason,
    TargetExists,
    TargetHasChildren,
    TargetMisplaced,
    TargetNotOrdered,
    TargetWithdrawn,
    UnknownIndicator,
)
from services.projects.targets.repository import catalogue
from services.projects.targets.repository import goals as repository
from services.projects.targets.service.recording import snapshot, store
from services.projects.targets.service.scoping import demand_person, demand_unit, name_scope
from services.projects.targets.tables import TargetRow

# What a signed letter says of a target; a change of it takes a supplement.
SIGNED_FACTS: Final = (
    "amount",
    "direction",
    "counting",
    "first_year",
    "last_year",
    "indicator_code",
    "responsible_unit_id",
    "responsible_person_id",
)


@dataclass(frozen=True, slots=True)
class TargetDraft:
    """A target as somebody sets it; without a name it is called by scope, years and indicator."""

    code: str
    indicator_code: str
    scope: Scope
    first_year: int
    last_year: int
    amount: Decimal
    direction: Direction = Direction.AT_LEAST
    counting: Counting = Counting.TOTAL
    base_amount: Decimal | None = None
    profile: Profile = Profile.LINEAR
    milestones: tuple[Milestone, ...] = ()
    weight: Decimal = Decimal(1)
    parent_id: UUID | None = None
    name: str = ""
    responsible_unit_id: UUID | None = None
    responsible_person_id: UUID | None = None
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TargetChange:
    """What a change says; fields that are not named stay."""

    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


async def indicator_for(ctx: Context, code: str) -> Indicator:
    """Raises UnknownIndicator."""
    found = (await catalogue.all_indicators(ctx.session)).get(code)
    if found is None:
        raise UnknownIndicator(indicator_code=code, errors=[FieldError("reference.unknown", "/indicator_code")])
    return found


async def get_target(ctx: Context, target_id: UUID, *, lock: bool = False) -> TargetRow:
    """Raises NotFound."""
    row = await repository.find_target(ctx.session, target_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return row


async def set_target(ctx: Context, draft: TargetDraft) -> TargetRow:
    """Set a new target. Raises TargetNotOrdered, TargetMisplaced, TargetExists, UnknownIndicator, EntryUnknown."""
    await demand_region(ctx, draft.scope.region_code)
    indicator = await indicator_for(ctx, draft.indicator_code)
    goal = Goal(
        id=ctx.new_id(),
        parent_id=draft.parent_id,
        code=draft.code,
        indicator=indicator,
        scope=draft.scope,
        first_year=draft.first_year,
        last_year=draft.last_year,
        direction=draft.direction,
        counting=draft.counting,
        amount=draft.amount,
        base_amount=draft.base_amount,
        profile=draft.profile,
        milestones=draft.milestones,
    )
    if faults := goal.faults():
        raise TargetNotOrdered(errors=faults)
    scope_name = await name_scope(ctx, goal.scope)
    await demand_unit(ctx, draft.responsible_unit_id, "/responsible_unit_id")
    await demand_person(ctx, draft.responsible_person_id, "/responsible_person_id")
    await _demand_place(ctx, goal)
    await lock_key(ctx.session, "target_code", draft.code)
    if await repository.target_by_code(ctx.session, draft.code) is not None:
        raise TargetExists(code=draft.code, errors=[FieldError("entry.exists", "/code")])
    is_answered = draft.responsible_unit_id is not None
    row = TargetRow(
        id=goal.id,
        code=draft.code,
        name=draft.name or name_of(scope_name, indicator, draft.first_year, draft.last_year),
        parent_id=draft.parent_id,
        indicator_code=indicator.code,
        scope_type=goal.scope.type.value,
        scope_key=goal.scope.key,
        scope_name=scope_name,
        region_code=goal.scope.region_code,
        unit_id=goal.scope.unit_id,
        person_id=goal.scope.person_id,
        park_code=goal.scope.park_code,
        sectors=list(goal.scope.sectors),
        cluster_code=goal.scope.cluster_code,
        first_year=draft.first_year,
        last_year=draft.last_year,
        direction=draft.direction.value,
        counting=draft.counting.value,
        amount=draft.amount,
        base_amount=draft.base_amount,
        profile=draft.profile.value,
        milestones=milestones_json(draft.milestones),
        weight=draft.weight,
        responsible_unit_id=draft.responsible_unit_id,
        responsible_person_id=draft.responsible_person_id,
        source=draft.source,
        note=draft.note,
        set_on=today_of(ctx),
        letter_state="unsigned" if is_answered else "none",
        letter_since=today_of(ctx),
        verdict=Verdict.PENDING.value,
        standing={},
        created_at=ctx.now,
        version=1,
        updated_at=ctx.now,
    )
    await _demand_single(ctx, row)
    ctx.session.add(row)
    await store(ctx, row, indicator, TargetSetV1, {})
    return row


async def change_target(ctx: Context, row: TargetRow, change: TargetChange) -> TargetRow:
    """Change a locked target. What a letter says of it, and what was judged by it, changes with a reason.

    Raises TargetWithdrawn, ChangeNeedsReason, TargetNotOrdered, TargetMisplaced, TargetExists, EntryUnknown.
    """
    if row.withdrawn_on is not None:
        raise TargetWithdrawn(on=row.withdrawn_on, reason=row.withdrawn_reason)
    before = snapshot(row)
    changed = {name: value for name, value in change.facts.items() if getattr(row, name) != value}
    if not changed:
        return row
    if not change.reason:
        raise ChangeNeedsReason(errors=[FieldError("target.reason_required", "/reason")])
    for name, value in changed.items():
        setattr(row, name, value)
    # Nothing is written before it is judged.
    with ctx.session.no_autoflush:
        indicator = await indicator_for(ctx, row.indicator_code)
        goal = repository.goal_of(row, indicator)
        if faults := goal.faults():
            raise TargetNotOrdered(errors=faults)
        await demand_unit(ctx, row.responsible_unit_id, "/responsible_unit_id")
        await demand_person(ctx, row.responsible_person_id, "/responsible_person_id")
        await _demand_place(ctx, goal)
        await _demand_fits_children(ctx, goal)
        await _demand_single(ctx, row)
    if set(SIGNED_FACTS) & set(changed):
        row.letter_state, row.letter_since = _letter_after(row), today_of(ctx)
    row.advance(ctx.now)
    await store(ctx, row, indicator, TargetChangedV1, before, reason=change.reason)
    return row


def _letter_after(row: TargetRow) -> str:
    if row.responsible_unit_id is None:
        return "none"
    return "supplement" if row.letter_state in {"signed", "supplement"} else "unsigned"


async def withdraw_target(ctx: Context, row: TargetRow, reason: str) -> TargetRow:
    """Withdraw a locked target. Raises TargetWithdrawn, TargetHasChildren."""
    if row.withdrawn_on is not None:
        raise TargetWithdrawn(on=row.withdrawn_on, reason=row.withdrawn_reason)
    if await repository.children_of(ctx.session, [row.id]):
        raise TargetHasChildren(code=row.code)
    before = snapshot(row)
    row.withdrawn_on, row.withdrawn_reason = today_of(ctx), reason
    row.light = None
    row.advance(ctx.now)
    indicator = await indicator_for(ctx, row.indicator_code)
    await store(ctx, row, indicator, TargetWithdrawnV1, before, reason=reason)
    return row


def milestones_json(milestones: tuple[Milestone, ...]) -> list[dict[str, str]]:
    return [{"month": one.month.isoformat(), "percent": str(one.percent)} for one in milestones]


async def _demand_place(ctx: Context, goal: Goal) -> None:
    """The parent exists, takes the target, and is not below it. Raises TargetMisplaced."""
    if goal.parent_id is None:
        return
    # Trees change one at a time: two moves at once could close a circle that neither sees.
    await lock_key(ctx.session, "target_tree", "move")
    parent = await repository.find_target(ctx.session, goal.parent_id)
    try:
        ensure_region(ctx.principal, None if parent is None else parent.region_code)
    except NotFound:
        parent = None
    if parent is None or parent.withdrawn_on is not None:
        raise TargetMisplaced(errors=[FieldError("reference.unknown", "/parent_id")])
    parents: dict[str, str | None] = {str(goal.id): str(parent.id)}
    above: TargetRow | None = parent
    while above is not None and str(above.id) not in parents:
        parents[str(above.id)] = None if above.parent_id is None else str(above.parent_id)
        above = None if above.parent_id is None else await repository.find_target(ctx.session, above.parent_id)
    if str(goal.id) in demand_acyclic(parents):
        raise TargetMisplaced(errors=[FieldError("target.parent_below", "/parent_id")])
    if faults := misfits(goal, repository.goal_of(parent, await indicator_for(ctx, parent.indicator_code))):
        raise TargetMisplaced(errors=faults)


async def _demand_fits_children(ctx: Context, goal: Goal) -> None:
    for child in await repository.children_of(ctx.session, [goal.id]):
        below = repository.goal_of(child, await indicator_for(ctx, child.indicator_code))
        if faults := misfits(below, goal):
            errors = [FieldError("target.child_misfits", one.pointer, {"code": child.code}) for one in faults]
            raise TargetMisplaced(errors=errors)


async def _demand_single(ctx: Context, row: TargetRow) -> None:
    """Raises TargetExists where the same is a target already."""
    await lock_key(ctx.session, "target", f"{row.indicator_code}:{row.scope_key}")
    other = await repository.same_standing(ctx.session, row)
    if other is not None:
        raise TargetExists(code=row.code, errors=[FieldError("entry.exists", "/indicator_code")])
