"""Cases of the agency: opened, amended, their matters started, finished, dropped, taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    AgencyCaseAmendedV1,
    AgencyCaseFinishedV1,
    AgencyCaseOpenedV1,
    AgencyItemFinishedV1,
    AgencyItemStartedV1,
)
from libs.common.web.problems import FieldError
from services.projects.environment.domain import cases as rules
from services.projects.environment.domain.cases import CaseStatus, Item, ItemStatus
from services.projects.environment.domain.critical_path import Schedule, schedule
from services.projects.environment.errors import CaseStatusWrong, UnknownReference
from services.projects.environment.repository import cases as repository
from services.projects.environment.service.case_conditions import settle_items
from services.projects.environment.service.recording import (
    demand_found,
    demand_known,
    ensure_reached,
    give_code,
    note_step,
    open_enterprise,
    tell,
)
from services.projects.environment.tables.cases import AgencyCaseRow, AgencyItemRow
from services.projects.ledger.repository import find_project
from services.projects.local_time import today_of
from services.projects.registry.repository import has_person, has_unit
from services.projects.registry.service.recording import demand_region
from services.projects.registry.service.work_calendar import load_calendar

SERIES = "DB"
# What of a matter may still change once its clock runs.
_ALWAYS = frozenset({"agent_person_id", "approval_case_id"})


@dataclass(frozen=True, slots=True)
class CaseDraft:
    """A case as it is opened. ``region_code`` None is the enterprise's or the project's."""

    title: str
    items: tuple[Item, ...]
    applicant: str = ""
    region_code: str | None = None
    enterprise_id: UUID | None = None
    project_id: UUID | None = None
    agent_person_id: UUID | None = None


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


async def open_case(ctx: Context, draft: CaseDraft) -> CaseFile:
    """Open a case; what waits for nothing and has its documents starts at once.

    Raises UnknownReference, UnknownRegion, NotFound, ItemsInvalid, CyclicDependencies, UnknownCalendarYear.
    """
    region_code = await _region_of(ctx, draft)
    await demand_known(ctx, [("/agent_person_id", draft.agent_person_id, has_person)])
    await _demand_item_references(ctx, draft.items)
    items = rules.demand_sound(draft.items)
    today = today_of(ctx)
    row = AgencyCaseRow(
        id=ctx.new_id(),
        code=await give_code(ctx, SERIES),
        title=draft.title,
        region_code=region_code,
        enterprise_id=draft.enterprise_id,
        project_id=draft.project_id,
        applicant=draft.applicant,
        agent_person_id=draft.agent_person_id,
        status=CaseStatus.OPEN.value,
        opened_on=today,
        opened_at=ctx.now,
        opened_by=ctx.principal.subject,
        expected_finish_on=today,
        percent=0,
        version=0,
        updated_at=ctx.now,
    )
    file = CaseFile(row, {}, {})
    ctx.session.add(row)
    await ctx.session.flush()

    def opened() -> EventPayload:
        return AgencyCaseOpenedV1(
            case_id=row.id,
            code=row.code,
            title=row.title,
            items=len(items),
            expected_finish_on=row.expected_finish_on,
            enterprise_id=row.enterprise_id,
            project_id=row.project_id,
            agent_person_id=row.agent_person_id,
        )

    await apply(ctx, file, items, opened, "opened", "", {"items": sorted(items)})
    return file


async def amend_case(ctx: Context, file: CaseFile, facts: Mapping[str, Any]) -> None:
    """Change title, applicant or agent; nothing happens when they are so already.

    Raises CaseStatusWrong, UnknownReference.
    """
    _demand_open(file)
    await demand_known(ctx, [("/agent_person_id", facts.get("agent_person_id"), has_person)])
    changed = {name: value for name, value in facts.items() if getattr(file.row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(file.row, name, value)
    await amended(ctx, file, file.items, None, sorted(changed))


async def add_item(ctx: Context, file: CaseFile, item: Item) -> None:
    """Raises CaseStatusWrong, UnknownReference, ItemsInvalid, CyclicDependencies, UnknownCalendarYear."""
    _demand_open(file)
    await _demand_item_references(ctx, [item], "")
    items = rules.demand_sound([*file.items.values(), item])
    await amended(ctx, file, items, item.key, ["added"])


async def amend_item(ctx: Context, file: CaseFile, key: str, facts: Mapping[str, Any]) -> None:
    """Change a matter. Once its clock runs only agent and approval case may change.

    Documents that keep their name keep what was received. Raises NotFound, CaseStatusWrong, UnknownReference,
    ItemsInvalid, CyclicDependencies, UnknownCalendarYear.
    """
    _demand_open(file)
    item = file.item(key)
    if "documents" in facts:
        received = {document.name: document.received_on for document in item.documents}
        kept = tuple(replace(document, received_on=received.get(document.name)) for document in facts["documents"])
        facts = {**facts, "documents": kept}
    changed = {name for name, value in facts.items() if getattr(item, name) != value}
    if not changed:
        return
    if changed - _ALWAYS and item.status not in {ItemStatus.WAITING, ItemStatus.INCOMPLETE}:
        raise CaseStatusWrong(status=item.status)
    after = replace(item, **facts)
    await _demand_item_references(ctx, [after], "")
    items = rules.demand_sound(list({**file.items, key: after}.values()))
    await amended(ctx, file, items, key, sorted(changed))


async def receive_document(ctx: Context, file: CaseFile, key: str, document: str, on: date | None) -> None:
    """Raises NotFound, CaseStatusWrong, UnknownDocument, CaseDateInvalid, UnknownCalendarYear."""
    _demand_open(file)
    file.item(key)
    items = rules.receive(file.items, key, document, on, today_of(ctx))
    if items != file.items:
        await amended(ctx, file, items, key, [f"documents.{document}"])


async def finish_item(ctx: Context, file: CaseFile, key: str, on: date, outcome: str) -> None:
    """Raises NotFound, CaseStatusWrong, CaseDateInvalid, UnknownCalendarYear."""
    _demand_open(file)
    item = file.item(key)
    items = rules.finish(file.items, key, on, outcome, today_of(ctx))
    in_time = item.due_on is not None and on <= item.due_on
    await _item_done(ctx, file, items, key, on, outcome, in_time=in_time)


async def drop_item(ctx: Context, file: CaseFile, key: str, reason: str) -> None:
    """Raises NotFound, CaseStatusWrong, UnknownCalendarYear."""
    _demand_open(file)
    file.item(key)
    await _item_done(ctx, file, rules.drop(file.items, key, reason), key, today_of(ctx), reason)


async def reopen_item(ctx: Context, file: CaseFile, key: str, reason: str) -> None:
    """Take a finishing back, also the one that finished the case. Raises NotFound, CaseStatusWrong,
    DependentsStarted, UnknownCalendarYear.
    """
    file.item(key)
    if file.row.status == CaseStatus.CANCELLED.value:
        raise CaseStatusWrong(status=CaseStatus.CANCELLED)
    items = rules.reopen(file.items, key)
    file.row.status, file.row.finished_on = CaseStatus.OPEN.value, None
    await _item_done(ctx, file, items, key, today_of(ctx), reason, status="reopened")


async def cancel_case(ctx: Context, file: CaseFile, reason: str) -> None:
    """The applicant gives up. Raises CaseStatusWrong."""
    _demand_open(file)
    row = file.row
    row.status, row.cancel_reason = CaseStatus.CANCELLED.value, reason
    await _tell(ctx, row, _ended(ctx, row, reason))
    await note_step(ctx, row.id, "cancelled", reason)
    await settle_items(ctx, row, file.rows, file.items, may_open=False)


async def apply(
    ctx: Context,
    file: CaseFile,
    items: Mapping[str, Item],
    payload: Any,
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
    await _tell(ctx, row, payload())
    await note_step(ctx, row.id, action, note, facts)
    for item in started:
        await _tell(ctx, row, _started(file, item))
        await note_step(ctx, row.id, "item_started", "", {"item": item.key, "due_on": str(item.due_on)})
    if rules.case_status(after.values()) is CaseStatus.FINISHED:
        row.status, row.finished_on, row.percent = CaseStatus.FINISHED.value, today, 100
        await _tell(ctx, row, _ended(ctx, row, ""))
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


async def _item_done(
    ctx: Context,
    file: CaseFile,
    items: Mapping[str, Item],
    key: str,
    on: date,
    outcome: str,
    *,
    in_time: bool | None = None,
    status: str | None = None,
) -> None:
    item = items[key]
    told = status or item.status.value

    def payload() -> EventPayload:
        return AgencyItemFinishedV1(
            case_id=file.row.id,
            code=file.row.code,
            item_id=file.rows[key].id,
            item=key,
            matter=item.matter,
            unit_id=item.unit_id,
            status=told,
            on=on,
            outcome=outcome,
            in_time=in_time,
        )

    await apply(ctx, file, items, payload, f"item_{told}", outcome, {"item": key, "on": str(on)})


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


async def _region_of(ctx: Context, draft: CaseDraft) -> str:
    region_code = draft.region_code
    if draft.project_id is not None:
        project = await find_project(ctx.session, draft.project_id)
        if project is None:
            raise UnknownReference(fields=["project_id"], errors=[FieldError("reference.unknown", "/project_id")])
        ensure_reached(ctx, project.region_code, project.enterprise_id)
        region_code = region_code or project.region_code
    if draft.enterprise_id is not None:
        region_code = region_code or (await open_enterprise(ctx, draft.enterprise_id)).region_code
    if region_code is None:
        raise UnknownReference(fields=["region_code"], errors=[FieldError("fact.required", "/region_code")])
    if draft.enterprise_id is not None:
        await open_enterprise(ctx, draft.enterprise_id)
    await demand_region(ctx, region_code)
    return region_code


async def _demand_item_references(ctx: Context, items: Any, pointer: str | None = None) -> None:
    for number, item in enumerate(items):
        place = f"/items/{number}" if pointer is None else pointer
        await demand_known(
            ctx,
            [
                (f"{place}/unit_id", item.unit_id, has_unit),
                (f"{place}/agent_person_id", item.agent_person_id, has_person),
            ],
        )


def _demand_open(file: CaseFile) -> None:
    if file.row.status != CaseStatus.OPEN.value:
        raise CaseStatusWrong(status=CaseStatus(file.row.status))


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


def _ended(ctx: Context, row: AgencyCaseRow, note: str) -> AgencyCaseFinishedV1:
    return AgencyCaseFinishedV1(case_id=row.id, code=row.code, status=row.status, on=today_of(ctx), note=note)


async def _tell(ctx: Context, row: AgencyCaseRow, payload: EventPayload) -> None:
    await tell(ctx, row, payload, subject=row.id, region_code=row.region_code, enterprise_id=row.enterprise_id)
