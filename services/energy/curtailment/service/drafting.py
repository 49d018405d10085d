"""Drafting a plan: its facts, its rows, its rotation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from libs.common import regions
from libs.common.context import Context
from libs.common.contracts.energy import (
    CurtailmentPlanChangedV1,
    CurtailmentPlanDiscardedV1,
    CurtailmentPlanDraftedV1,
)
from libs.common.security.scope import ensure_region
from libs.common.web.problems import FieldError
from services.energy.curtailment import plan_repository, repository
from services.energy.curtailment.domain.plan import PlanAct, PlanStatus, QuotaUnit
from services.energy.curtailment.domain.users import Measure
from services.energy.curtailment.errors import (
    CurtailmentUserNotFound,
    EntryQuotaUnfit,
    EntryRepeated,
    PlanNotFound,
    RotationUnfit,
)
from services.energy.curtailment.service.recording import ensure_open, record
from services.energy.curtailment.tables import CurtailmentEntryRow, CurtailmentPlanRow
from services.energy.metering.errors import RegionCodeInvalid

_MAX_GROUPS: Final = 31


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it is asked for."""

    enterprise_id: UUID
    tier: int
    measure: Measure
    quota: float
    quota_unit: QuotaUnit
    rotation_group: str | None = None
    note: str = ""


async def draft(
    ctx: Context,
    *,
    region_code: str,
    year: int,
    name: str,
    max_load_kw: float,
    rotation: Mapping[str, Sequence[int]],
    note: str,
    copy_from: UUID | None = None,
) -> CurtailmentPlanRow:
    """A new edition for the region and year, empty or with the rows of ``copy_from``.

    Raises NotFound, RegionCodeInvalid, RotationUnfit, PlanNotFound.
    """
    try:
        regions.validate(region_code)
    except regions.InvalidRegionCode as error:
        fault = FieldError("meter.region_invalid", "/region_code", {"region_code": region_code})
        raise RegionCodeInvalid(region_code=region_code, errors=[fault]) from error
    ensure_region(ctx.principal, region_code)
    if ctx.principal.is_enterprise_bound:
        raise PlanNotFound(plan_id=region_code)
    copied = None
    if copy_from is not None:
        copied = await plan_repository.get_plan(ctx.session, ctx.principal, copy_from)
    await repository.lock(ctx.session, "curtailment_plan", f"{region_code}/{year}")
    plan = CurtailmentPlanRow(
        id=ctx.new_id(),
        region_code=region_code,
        year=year,
        edition=await plan_repository.last_edition(ctx.session, region_code, year) + 1,
        name=name,
        status=PlanStatus.DRAFT.value,
        max_load_kw=max_load_kw,
        rotation=_rotation(rotation) or (dict(copied.rotation) if copied else {}),
        note=note,
        based_on=copy_from,
        version=0,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        changed_at=ctx.now,
        changed_by=ctx.principal.subject,
    )
    ctx.session.add(plan)
    await ctx.session.flush()
    if copied is not None:
        await _copy(ctx, copied, plan)
    await record(ctx, plan, PlanAct.DRAFT, CurtailmentPlanDraftedV1, note=note, based_on=copy_from)
    return plan


async def change(ctx: Context, plan: CurtailmentPlanRow, facts: Mapping[str, Any]) -> CurtailmentPlanRow:
    """Other facts of a locked draft: name, max_load_kw, rotation, note. Raises PlanStateUnfit, RotationUnfit."""
    ensure_open(plan, PlanAct.CHANGE)
    wanted = dict(facts)
    if "rotation" in wanted:
        wanted["rotation"] = _rotation(wanted["rotation"])
    if any(getattr(plan, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(plan, name, value)
        await changed(ctx, plan)
    return plan


async def add_entry(ctx: Context, plan: CurtailmentPlanRow, entry: Entry) -> CurtailmentEntryRow:
    """One more row of a locked draft.

    Raises PlanStateUnfit, CurtailmentUserNotFound, EntryRepeated, EntryQuotaUnfit.
    """
    ensure_open(plan, PlanAct.CHANGE)
    user = await repository.get_user(ctx.session, ctx.principal, entry.enterprise_id)
    check_quota(entry.quota, entry.quota_unit)
    same = await plan_repository.find_entry(ctx.session, plan.id, user.id, entry.tier, entry.measure.value)
    if same is not None:
        raise EntryRepeated(name=user.name, tier=entry.tier, measure=entry.measure)
    row = CurtailmentEntryRow(**entry_values(ctx, plan.id, user.id, entry))
    ctx.session.add(row)
    await ctx.session.flush()
    await changed(ctx, plan)
    return row


async def change_entry(
    ctx: Context, plan: CurtailmentPlanRow, entry_id: UUID, facts: Mapping[str, Any]
) -> CurtailmentEntryRow:
    """Other facts of a row of a locked draft.

    Raises PlanStateUnfit, EntryNotFound, EntryRepeated, EntryQuotaUnfit.
    """
    ensure_open(plan, PlanAct.CHANGE)
    row = await plan_repository.get_entry(ctx.session, plan.id, entry_id)
    wanted = {name: getattr(value, "value", value) for name, value in facts.items()}
    tier, measure = wanted.get("tier", row.tier), wanted.get("measure", row.measure)
    same = await plan_repository.find_entry(ctx.session, plan.id, row.user_id, tier, measure)
    if same is not None and same.id != row.id:
        raise EntryRepeated(name=str(row.enterprise_id), tier=tier, measure=Measure(measure))
    check_quota(wanted.get("quota", row.quota), QuotaUnit(wanted.get("quota_unit", row.quota_unit)))
    if any(getattr(row, name) != value for name, value in wanted.items()):
        for name, value in wanted.items():
            setattr(row, name, value)
        row.recorded_at, row.recorded_by = ctx.now, ctx.principal.subject
        await ctx.session.flush()
        await changed(ctx, plan)
    return row


async def remove_entry(ctx: Context, plan: CurtailmentPlanRow, entry_id: UUID) -> None:
    """Raises PlanStateUnfit, EntryNotFound."""
    ensure_open(plan, PlanAct.CHANGE)
    row = await plan_repository.get_entry(ctx.session, plan.id, entry_id)
    await plan_repository.drop_entries(ctx.session, plan.id, [row.id])
    ctx.session.expunge(row)
    await changed(ctx, plan)


async def replace_entries(ctx: Context, plan: CurtailmentPlanRow, entries: Iterable[Entry]) -> None:
    """All rows of a locked draft; each was checked before. Raises PlanStateUnfit, CurtailmentUserNotFound."""
    ensure_open(plan, PlanAct.CHANGE)
    wanted = list(entries)
    users = await repository.users_by_enterprise(ctx.session, {entry.enterprise_id for entry in wanted})
    missing = [entry.enterprise_id for entry in wanted if entry.enterprise_id not in users]
    if missing:
        raise CurtailmentUserNotFound(enterprise_id=missing[0])
    values = [entry_values(ctx, plan.id, users[entry.enterprise_id].id, entry) for entry in wanted]
    await plan_repository.drop_entries(ctx.session, plan.id)
    await plan_repository.add_entries(ctx.session, values)
    await changed(ctx, plan)


async def discard(ctx: Context, plan: CurtailmentPlanRow, note: str) -> CurtailmentPlanRow:
    """Give a draft up; it stays in the list. Raises PlanStateUnfit."""
    ensure_open(plan, PlanAct.DISCARD)
    plan.status = PlanStatus.DISCARDED.value
    await record(ctx, plan, PlanAct.DISCARD, CurtailmentPlanDiscardedV1, note=note)
    return plan


async def changed(ctx: Context, plan: CurtailmentPlanRow) -> None:
    """What was checked is no longer what stands there."""
    plan.status = PlanStatus.DRAFT.value
    await record(ctx, plan, PlanAct.CHANGE, CurtailmentPlanChangedV1)


def check_quota(quota: float, unit: QuotaUnit) -> None:
    """Raises EntryQuotaUnfit."""
    if quota <= 0 or (unit is QuotaUnit.PERCENT and quota > 100):
        raise EntryQuotaUnfit(quota=quota, unit=unit)


def entry_values(ctx: Context, plan_id: UUID, user_id: UUID, entry: Entry) -> dict[str, Any]:
    return {
        "id": ctx.new_id(),
        "plan_id": plan_id,
        "user_id": user_id,
        "enterprise_id": entry.enterprise_id,
        "tier": entry.tier,
        "measure": entry.measure.value,
        "quota": entry.quota,
        "quota_unit": entry.quota_unit.value,
        "rotation_group": entry.rotation_group,
        "note": entry.note,
        "recorded_at": ctx.now,
        "recorded_by": ctx.principal.subject,
    }


def _rotation(groups: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Raises RotationUnfit."""
    found: dict[str, list[int]] = {}
    for group, days in groups.items():
        name = group.strip()
        if not name or not days or any(not 1 <= day <= 7 for day in days) or len(groups) > _MAX_GROUPS:
            raise RotationUnfit(group=group)
        found[name] = sorted(set(days))
    return found


async def _copy(ctx: Context, source: CurtailmentPlanRow, plan: CurtailmentPlanRow) -> None:
    rows = await plan_repository.entries_of(ctx.session, source.id)
    values = [
        entry_values(
            ctx,
            plan.id,
            user.id,
            Entry(
                user.enterprise_id,
                row.tier,
                Measure(row.measure),
                row.quota,
                QuotaUnit(row.quota_unit),
                row.rotation_group,
                row.note,
            ),
        )
        for row, user in rows
    ]
    await plan_repository.add_entries(ctx.session, values)
