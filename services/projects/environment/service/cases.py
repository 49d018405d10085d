"""Opening a case of the agency, amending and cancelling it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import AgencyCaseOpenedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError
from services.projects.environment.domain import cases as rules
from services.projects.environment.domain.cases import AgencyCaseStatus, Item
from services.projects.environment.errors import UnknownReference
from services.projects.environment.service.case_conditions import settle_items
from services.projects.environment.service.case_file import (
    CaseFile,
    amended,
    apply,
    demand_item_references,
    demand_open,
    ended,
    tell_case,
)
from services.projects.environment.service.recording import (
    demand_known,
    ensure_reached,
    give_code,
    note_step,
    open_enterprise,
)
from services.projects.environment.tables.cases import AgencyCaseRow
from services.projects.ledger.repository import find_project
from services.projects.registry.repository import has_person
from services.projects.registry.service.recording import demand_region

SERIES = "DB"


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


async def open_case(ctx: Context, draft: CaseDraft) -> CaseFile:
    """Open a case; what waits for nothing and has its documents starts at once.

    Raises UnknownReference, UnknownRegion, NotFound, ItemsInvalid, CyclicDependencies, UnknownCalendarYear.
    """
    region_code = await _region_of(ctx, draft)
    await demand_known(ctx, [("/agent_person_id", draft.agent_person_id, has_person)])
    await demand_item_references(ctx, draft.items)
    items = rules.demand_sound(draft.items)
    today = today_of(ctx)
    rules.demand_received(draft.items, today)
    row = AgencyCaseRow(
        id=ctx.new_id(),
        code=await give_code(ctx, SERIES),
        title=draft.title,
        region_code=region_code,
        enterprise_id=draft.enterprise_id,
        project_id=draft.project_id,
        applicant=draft.applicant,
        agent_person_id=draft.agent_person_id,
        status=AgencyCaseStatus.OPEN.value,
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
    demand_open(file)
    await demand_known(ctx, [("/agent_person_id", facts.get("agent_person_id"), has_person)])
    changed = {name: value for name, value in facts.items() if getattr(file.row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(file.row, name, value)
    await amended(ctx, file, file.items, None, sorted(changed))


async def cancel_case(ctx: Context, file: CaseFile, reason: str) -> None:
    """The applicant gives up. Raises CaseStatusWrong."""
    demand_open(file)
    row = file.row
    row.status, row.cancel_reason = AgencyCaseStatus.CANCELLED.value, reason
    await tell_case(ctx, row, ended(ctx, row, reason))
    await note_step(ctx, row.id, "cancelled", reason)
    await settle_items(ctx, row, file.rows, file.items, may_open=False)


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
