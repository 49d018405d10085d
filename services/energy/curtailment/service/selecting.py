"""Who is chosen for a gap: the plan's users as they are on the day, and the solver's answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import numpy as np

from libs.common import regions
from libs.common.context import Context
from libs.common.workdays import SHANGHAI
from services.energy.curtailment import borne_repository, plan_repository, repository
from services.energy.curtailment.domain.choosing import choose
from services.energy.curtailment.domain.eligible import Closed, judge
from services.energy.curtailment.domain.eligible import passed as passed_over
from services.energy.curtailment.domain.plan import PlanFacts
from services.energy.curtailment.domain.rules import Objective
from services.energy.curtailment.domain.selection import SLOTS, Candidate, Passed, Selection, Slots, Why
from services.energy.curtailment.domain.users import UserFacts
from services.energy.curtailment.errors import GapUnfit
from services.energy.curtailment.service import rules
from services.energy.curtailment.service.burdens import curtailed_so_far
from services.energy.curtailment.service.exclusions import ExclusionCause
from services.energy.curtailment.service.standing import listings
from services.energy.metering.domain.slots import instant_of
from services.energy.metering.tables import MeterRow
from services.energy.outages.repository import stretches_between

_DAY: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
# A call of the day before may still keep a user from recovering.
_BEFORE: Final = timedelta(days=7)


async def approved_plan(ctx: Context, region_code: str, year: int) -> PlanFacts | None:
    """The plan that holds in the region: its own or that of the nearest region above; in force, else approved."""
    chain = (region_code, *regions.ancestors(region_code))
    plans = await plan_repository.decided_plans(ctx.session, chain, year)
    row = next((plan for code in chain for plan in plans if plan.region_code == code), None)
    if row is None:
        return None
    return plan_repository.plan_facts(row, await plan_repository.entries_of(ctx.session, row.id))


async def select_users(
    ctx: Context,
    plan: PlanFacts,
    gap_kw_by_slot: Slots | Sequence[float],
    day: date,
    *,
    level: int | None = None,
    busy: Collection[UUID] = (),
    among: Collection[UUID] | None = None,
    objective: Objective | None = None,
) -> Selection:
    """Choose who covers the gap (96 values, kW, NaN where not known) on ``day``, local standard time.

    ``level``: 1 blue to 4 red; None takes as few tiers as are enough. ``busy``: enterprises that are not to be
    called whatever the exclusions say. ``among``: the only ones that help, such as those of a substation.
    Nothing is written. Raises GapUnfit.
    """
    gap = np.asarray(gap_kw_by_slot, np.float64)
    if gap.shape != (SLOTS,) or np.isinf(gap).any():
        raise GapUnfit(slots=SLOTS, count=int(gap.size))
    goal = objective or await rules.objective(ctx, plan.region_code, day)
    candidates, passed = await _rows(ctx, plan, day, frozenset(busy), None if among is None else frozenset(among))
    began = time.perf_counter()
    work = partial(
        choose,
        candidates,
        gap,
        goal,
        level=level,
        elapsed=lambda: time.perf_counter() - began,
        passed=passed,
    )
    return await asyncio.to_thread(work)


async def _rows(
    ctx: Context, plan: PlanFacts, day: date, busy: frozenset[UUID], among: frozenset[UUID] | None
) -> tuple[list[Candidate], list[Passed]]:
    """The plan's rows: those that may be called on the day, and why the others may not."""
    ids = {entry.user_id for entry in plan.entries}
    rows = await repository.users_by_id(ctx.session, ids)
    offers = await repository.offers_of(ctx.session, ids)
    meters = await repository.meters_of(ctx.session, ids)
    listed = await listings(ctx, day)
    users = {
        row.id: repository.facts_of(row, offers.get(row.id, []), meters.get(row.id, [])).listed(
            listed.get(row.enterprise_id)
        )
        for row in rows
    }
    is_active = {row.id: row.active for row in rows}
    burdens = await curtailed_so_far(ctx, day.year)
    start = datetime.combine(day, datetime.min.time(), SHANGHAI).astimezone(UTC)
    closed = await _closed(ctx, list(users.values()), meters, start)
    candidates: list[Candidate] = []
    passed: list[Passed] = []
    for entry in plan.entries:
        user = users[entry.user_id]
        if among is not None and user.enterprise_id not in among:
            passed.append(passed_over(entry, user, Why.ELSEWHERE))
            continue
        hours = closed.get(user.user_id, [])
        if user.enterprise_id in busy:
            hours = [Closed(0, 1440, Why.BUSY), *hours]
        found = judge(
            entry,
            user,
            plan,
            day,
            is_active=is_active[user.user_id],
            now_minute=(ctx.now - start) // _MINUTE,
            closed=hours,
            burden=burdens.get(user.enterprise_id),
        )
        (candidates if isinstance(found, Candidate) else passed).append(found)  # type: ignore[arg-type]
    return candidates, passed


async def _closed(
    ctx: Context,
    users: Sequence[UserFacts],
    meters: dict[UUID, list[tuple[str, MeterRow | None]]],
    start: datetime,
) -> dict[UUID, list[Closed]]:
    """When each user is not to be called, in minutes of the day: exclusions, standstills, planned outages."""
    found: dict[UUID, list[Closed]] = {}

    def add(user_id: UUID, begins: datetime, ends: datetime, why: Why, reason: str) -> None:
        minutes = ((begins - start) // _MINUTE, -((start - ends) // _MINUTE))
        found.setdefault(user_id, []).append(Closed(*minutes, why, reason))

    last = start + _DAY
    ids = [user.user_id for user in users]
    for row in await borne_repository.exclusions_between(ctx.session, ids, start - _BEFORE, last + _BEFORE):
        why = Why.BUSY if row.cause == ExclusionCause.ACTIVATION else Why.EXCLUDED
        add(row.user_id, row.starts_at, row.ends_at, why, row.reason)
    of_enterprise = {str(user.enterprise_id): user.user_id for user in users}
    of_meter = {meter_no: user.user_id for user in users for meter_no in user.meter_nos}
    events = await borne_repository.standstills_between(
        ctx.session, [user.enterprise_id for user in users], list(of_meter), start, last
    )
    for event in events:
        owner = of_meter if event.scope == "meter" else of_enterprise
        add(owner[event.code], event.starts_at, event.ends_at, Why.EXCLUDED, event.reason)
    of_index = {
        meter.meter_index: user_id for user_id, rows in meters.items() for _, meter in rows if meter is not None
    }
    cut = await stretches_between(ctx.session, start, last)
    for index, first, end in zip(cut.meter_index, cut.start, cut.end, strict=True):
        if int(index) in of_index:
            begins, ends = instant_of(int(first), 0), instant_of(int(end), 0)
            add(of_index[int(index)], begins, ends, Why.OUTAGE, "")
    return found
