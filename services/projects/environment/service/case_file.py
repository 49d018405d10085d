"""A case with its matters as one thing: opened under a lock, and stored with all that follows from a change."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import AgencyCaseAmendedV1, AgencyCaseFinishedV1, AgencyItemStartedV1
from libs.common.local_time import today_of
from services.projects.environment.domain import cases as rules
from services.projects.environment.domain.cases import AgencyCaseStatus, Item, ItemStatus
from services.projects.environment.domain.critical_path import Schedule, schedule
from services.projects.environment.errors import CaseStatusWrong
from services.projects.environment.repository import cases as repository
from services.projects.environment.service.case_conditions import settle_items
from services.projects.environment.service.recording import (
    demand_found,
    demand_known,
    ensure_reached,
    note_step,
    tell,
)
from services.projects.environment.tables.cases import AgencyCaseRow, AgencyItemRow
from services.projects.registry.repository import has_person, has_unit
from services.projects.registry.service.work_calendar import load_calendar


@dataclass(slots=True)
class CaseFile:
    """A case with its matters: rows and values by key."""

    row: AgencyCaseRow
    rows: dict[str, AgencyItemRow]
    items: dict[str, Item]

    def item(self, key: str) -> Item:
        """Raises NotFound."""
        return demand_found(self.items.get(key))


async def open_file(ctx: Context, case_id: UUID, *, lock: bool) -> CaseFile:
    """Raises NotFound, also outside of the caller's region or enterprise."""
    row = demand_found(await repository.find_case(ctx.session, case_id, lock=lock))
    ensure_reached(ctx, row.region_code, row.enterprise_id)
    rows = (await repository.items_of(ctx.session, [row.id])).get(row.id, {})
    return CaseFile(row, rows, {key: repository.item_of(item) for key, item in rows.items()})


async def plan_of(ctx: Context, file: CaseFile) -> Schedule:
    """The case's expected days as of today. Raises UnknownCalendarYear."""
    return schedule(file.items, today_of(ctx), await load_calendar(ctx.session))


async def apply(
    ctx: Context,
    file: CaseFile,
    items: Mapping[str, Item],
    payload: Callable[[], EventPayload],
    action: str,
    note: str,
    facts: Mapping[str, Any],
) -> None:
    """Store changed matters, start what may start now, tell everything, and clear what is not overdue any more.

    ``payload`` makes the event once the case's new figures are known.
    """
    today, calendar = today_of(ctx), await load_calendar(ctx.session)
    after = rules.advance(items, today, calendar)
    started = [
        item
        for key, item in after.items()
        if item.status is ItemStatus.RUNNING and items[key].status is not ItemStatus.RUNNING
    ]
    await _store_items(ctx, file, after)
    plan = schedule(after, today, calendar)
    row = file.row
    row.expected_finish_on, row.percent = plan.finish_on, plan.percent
    await tell_case(ctx, row, payload())
    await note_step(ctx, row.id, action, note, facts)
    for item in started:
        await tell_case(ctx, row, _started(file, item))
        await note_step(ctx, row.id, "item_started", "", {"item": item.key, "due_on": str(item.due_on)})
    if rules.case_status(after.values()) is AgencyCaseStatus.FINISHED:
        row.status, row.finished_on, row.percent = AgencyCaseStatus.FINISHED.value, today, 100
        await tell_case(ctx, row, ended(ctx, row, ""))
        await note_step(ctx, row.id, "finished")
    await settle_items(ctx, row, file.rows, file.items, may_open=False)


async def amended(
    ctx: Context, file: CaseFile, items: Mapping[str, Item], key: str | None, names: list[str]
) -> None:
    def payload() -> EventPayload:
        return AgencyCaseAmendedV1(
            case_id=file.row.id,
            code=file.row.code,
            item=key,
            fields=tuple(names),
            expected_finish_on=file.row.expected_finish_on,
        )

    await apply(ctx, file, items, payload, "amended", "", {"item": key, "fields": names})


async def _store_items(ctx: Context, file: CaseFile, items: Mapping[str, Item]) -> None:
    for key, item in items.items():
        columns = repository.columns_of(item)
        row = file.rows.get(key)
        if row is None:
            row = file.rows[key] = AgencyItemRow(id=ctx.new_id(), case_id=file.row.id, **columns)
            ctx.session.add(row)
        elif item != file.items.get(key):
            for name, value in columns.items():
                setattr(row, name, value)
    file.items = dict(items)
    await ctx.session.flush()


async def demand_item_references(ctx: Context, items: Iterable[Item], pointer: str | None = None) -> None:
    for number, item in enumerate(items):
        place = f"/items/{number}" if pointer is None else pointer
        await demand_known(
            ctx,
            [
                (f"{place}/unit_id", item.unit_id, has_unit),
                (f"{place}/agent_person_id", item.agent_person_id, has_person),
            ],
        )


def demand_open(file: CaseFile) -> None:
    if file.row.status != AgencyCaseStatus.OPEN.value:
        raise CaseStatusWrong(status=AgencyCaseStatus(file.row.status))


def _started(file: CaseFile, item: Item) -> AgencyItemStartedV1:
    assert item.started_on is not None, "it runs"
    assert item.due_on is not None, "it runs"
    return AgencyItemStartedV1(
        case_id=file.row.id,
        code=file.row.code,
        item_id=file.rows[item.key].id,
        item=item.key,
        matter=item.matter,
        unit_id=item.unit_id,
        started_on=item.started_on,
        due_on=item.due_on,
    )


def ended(ctx: Context, row: AgencyCaseRow, note: str) -> AgencyCaseFinishedV1:
    return AgencyCaseFinishedV1(case_id=row.id, code=row.code, status=row.status, on=today_of(ctx), note=note)


async def tell_case(ctx: Context, row: AgencyCaseRow, payload: EventPayload) -> None:
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=row.enterprise_id)
