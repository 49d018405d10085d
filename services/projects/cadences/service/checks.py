"""Opening and storing a check, and the steps that are not reports: returned, excused, reassigned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import CheckExcusedV1, CheckReassignedV1, CheckReturnedV1, Stage
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.web.problems import NotFound
from services.projects.cadences.domain import check as steps
from services.projects.cadences.domain.check import Check
from services.projects.cadences.repository import checks as repository
from services.projects.cadences.service.watching import code_of, settle_check
from services.projects.cadences.tables import CheckRow, CheckStepRow
from services.projects.duties.service import demand_entries, step_facts, visible_project
from services.projects.ledger.tables import ProjectRow
from services.projects.registry.service.work_calendar import load_calendar

Told = Callable[[dict[str, Any]], EventPayload]


@dataclass(frozen=True, slots=True)
class OpenedCheck:
    """A check with its project; the check's row is locked when it is to be written."""

    row: CheckRow
    project: ProjectRow
    check: Check

    @property
    def version(self) -> int:
        return self.row.version

    @property
    def stage(self) -> Stage:
        return Stage(self.project.stage)


async def read_check(ctx: Context, check_id: UUID) -> OpenedCheck:
    """Raises NotFound, also for a check of a project that the caller may not see."""
    return await _find(ctx, check_id, lock=False)


async def open_check(ctx: Context, check_id: UUID) -> OpenedCheck:
    """The check, locked until the transaction ends. Raises NotFound."""
    return await _find(ctx, check_id, lock=True)


async def _find(ctx: Context, check_id: UUID, *, lock: bool) -> OpenedCheck:
    row = await repository.find_check(ctx.session, check_id, lock=lock)
    if row is None:
        raise NotFound
    return OpenedCheck(row, await visible_project(ctx, row.project_id), repository.check_of(row))


async def return_check(ctx: Context, opened: OpenedCheck, reason: str, working_days: int | None) -> OpenedCheck:
    """Return the report for rework, due again in so many working days (None: the level's).

    Raises CheckStepRefused, UnknownCalendarYear.
    """
    calendar = await load_calendar(ctx.session)
    days = opened.check.level.rework_days if working_days is None else working_days
    after = steps.give_back(opened.check, reason, calendar.add_working_days(today_of(ctx), days))

    def tell(facts: dict[str, Any]) -> EventPayload:
        return CheckReturnedV1(**facts, reason=reason)

    return await store(ctx, opened, after, tell, "returned", reason)


async def excuse_check(ctx: Context, opened: OpenedCheck, reason: str) -> OpenedCheck:
    """The report is not owed after all. Raises CheckStepRefused."""

    def tell(facts: dict[str, Any]) -> EventPayload:
        return CheckExcusedV1(**facts, reason=reason)

    return await store(ctx, opened, steps.excuse(opened.check, reason), tell, "excused", reason)


async def reassign_check(ctx: Context, opened: OpenedCheck, owners: Mapping[str, UUID | None]) -> OpenedCheck:
    """Change who owes the report; nothing happens when it is so already. Raises CheckStepRefused, EntryUnknown."""
    changes = {name: value for name, value in owners.items() if getattr(opened.check, name) != value}
    if not changes:
        return opened
    await demand_entries(
        ctx,
        persons={"/owner_person_id": changes.get("owner_person_id")},
        units={"/owner_unit_id": changes.get("owner_unit_id")},
    )
    after = steps.reassign(
        opened.check,
        changes.get("owner_person_id", opened.check.owner_person_id),
        changes.get("owner_unit_id", opened.check.owner_unit_id),
    )
    return await store(ctx, opened, after, lambda facts: CheckReassignedV1(**facts), "reassigned")


async def store(
    ctx: Context, opened: OpenedCheck, after: Check, tell: Told, action: str, note: str = ""
) -> OpenedCheck:
    """Store a step of a locked check under the next version, with its trail and event."""
    row, project = opened.row, opened.project
    repository.write_check(row, after)
    row.advance(ctx.now)
    await record_step(ctx, row, project, tell, action, note)
    await settle_check(ctx, row, project, await load_calendar(ctx.session), may_open=False)
    return OpenedCheck(row, project, after)


async def record_step(
    ctx: Context, row: CheckRow, project: ProjectRow, tell: Told, action: str, note: str = ""
) -> None:
    """The trail and the event of a check as its row stands."""
    await ctx.session.flush()
    facts = {
        "status": row.status,
        "due_on": row.due_on,
        "owner_person_id": row.owner_person_id,
        "owner_unit_id": row.owner_unit_id,
        "submissions": row.submissions,
        "late": row.late,
    }
    ctx.session.add(CheckStepRow(check_id=row.id, **step_facts(ctx, row.version, action, note, facts)))
    await record_event(
        ctx,
        tell(facts_told(row, project)),
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
    )


def facts_told(row: CheckRow, project: ProjectRow) -> dict[str, Any]:
    """What every event of a check says."""
    return {
        "check_id": row.id,
        "code": code_of(row, project),
        "project_id": project.id,
        "project_code": project.code,
        "project_name": project.name,
        "regime_code": row.regime_code,
        "level_code": row.level_code,
        "level_name": row.level_name,
        "period": row.period,
        "first_on": row.first_on,
        "last_on": row.last_on,
        "due_on": row.due_on,
        "status": row.status,
        "owner_person_id": row.owner_person_id,
        "owner_unit_id": row.owner_unit_id,
    }
