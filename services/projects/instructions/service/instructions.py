"""Opening and storing an instruction: scope, lock, version, trail, event, conditions; one way for every step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, reaches_region
from libs.common.web.problems import NotFound
from libs.common.workdays import UnknownCalendarYear
from services.projects.conditions.domain.condition import Finding, Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.duties.domain.duty import Duty, Wording
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.repository import duty_of
from services.projects.duties.service import Terms, load_terms, step_facts, write_duty
from services.projects.instructions import repository
from services.projects.instructions.domain.instruction import (
    Authority,
    cleared_because,
    due_soon,
    late,
    printed_number,
)
from services.projects.instructions.tables import InstructionDeputyRow, InstructionRow, InstructionStepRow
from services.projects.ledger.repository import find_project

log = structlog.get_logger(__name__)

SOON, OVERDUE = DutyKind.INSTRUCTION_DUE_SOON, DutyKind.INSTRUCTION_OVERDUE
JUDGED = frozenset({SOON.value, OVERDUE.value})


@dataclass(frozen=True, slots=True)
class Opened:
    """An instruction with its assisting units and the deputies of who instructed."""

    row: InstructionRow
    duty: Duty
    assisting_unit_ids: Sequence[UUID]
    deputies: Sequence[InstructionDeputyRow]

    @property
    def version(self) -> int:
        return self.row.version

    def authority(self) -> Authority:
        persons = frozenset(deputy.person_id for deputy in self.deputies)
        return Authority(self.row.created_by, self.row.instructed_by_person_id, persons)

    def state(self, note: str) -> dict[str, Any]:
        """What every event of the instruction says."""
        row = self.row
        names = ("number", "subject_type", "subject_id", "subject_name", "project_id", "text", "status", "due_on")
        facts = {name: getattr(row, name) for name in (*names, "owner_person_id", "instructed_by_person_id")}
        return facts | {
            "instruction_id": row.id,
            "lead_unit_id": row.owner_unit_id,
            "assisting_unit_ids": tuple(self.assisting_unit_ids),
            "note": note,
        }


async def read_instruction(ctx: Context, instruction_id: UUID, *, lock: bool = False) -> Opened:
    """The instruction, locked if asked. Raises NotFound where the caller may not see it; enterprises see none."""
    ensure_enterprise(ctx.principal, None)
    row = await repository.find_instruction(ctx.session, instruction_id, lock=lock)
    if row is None or not any(
        reaches_region(ctx.principal, code) for code in (row.region_code, row.issuer_region_code)
    ):
        raise NotFound
    return await opened_of(ctx, row)


async def opened_of(ctx: Context, row: InstructionRow) -> Opened:
    units = (await repository.units_of(ctx.session, [row.id])).get(row.id, [])
    return Opened(row, duty_of(row), units, await repository.deputies_of(ctx.session, row.id))


def demand_instructor(ctx: Context, opened: Opened) -> None:
    """Raises NotTheInstructor."""
    opened.authority().demand(ctx.principal.subject, ctx.principal.person_id)


async def store(
    ctx: Context, opened: Opened, duty: Duty, action: str, note: str, event: type[EventPayload], **facts: Any
) -> Opened:
    """Write a step under the next version, tell it, and settle what is open."""
    write_duty(ctx, opened.row, duty)
    return await finish(
        ctx, Opened(opened.row, duty, opened.assisting_unit_ids, opened.deputies), action, note, event, **facts
    )


async def finish(
    ctx: Context, opened: Opened, action: str, note: str, event: type[EventPayload], **facts: Any
) -> Opened:
    """Trail, event and conditions of a step whose row stands."""
    row = opened.row
    await ctx.session.flush()
    kept = {
        "status": row.status,
        "due_on": row.due_on,
        "lead_unit_id": row.owner_unit_id,
        "assisting_unit_ids": list(opened.assisting_unit_ids),
        "owner_person_id": row.owner_person_id,
        **facts,
    }
    ctx.session.add(InstructionStepRow(instruction_id=row.id, **step_facts(ctx, row.version, action, note, kept)))
    await record_event(
        ctx,
        event(**opened.state(note), **facts, **({"action": action} if "action" in event.model_fields else {})),
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
    if await open_conditions(ctx.session, JUDGED, [row.id]):
        await settle_instruction(ctx, opened, await load_terms(ctx), may_open=False)
    return opened


async def settle_instruction(ctx: Context, opened: Opened, terms: Terms, *, may_open: bool) -> Outcome:
    """Bring the conditions of a locked instruction in line with the day."""
    row, duty, today = opened.row, opened.duty, today_of(ctx)
    project = None if row.project_id is None else await find_project(ctx.session, row.project_id)
    findings = _findings(ctx, opened, terms)
    found = {finding.kind for finding in findings}
    subject = Subject(
        type="instruction",
        id=row.id,
        code=row.number,
        name=row.subject_name,
        region_code=row.region_code,
        project_id=row.project_id,
        project_code=project.code if project is not None else None,
        project_name=project.name if project is not None else None,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    return await settle(
        ctx,
        subject,
        findings,
        judged=JUDGED,
        reason=lambda condition: cleared_because(condition.kind, duty, today, found),
        may_open=may_open,
    )


def _findings(ctx: Context, opened: Opened, terms: Terms) -> list[Finding]:
    row, duty, today = opened.row, opened.duty, today_of(ctx)
    number = printed_number(row.year, row.sequence)
    wording = Wording(f"督办件{number}（{row.subject_name}）", f"instruction {row.number} ({row.subject_name})")
    soon = None
    try:
        rule = terms.rule(SOON, row.region_code, today)
        soon = due_soon(duty, rule, today, terms.calendar, wording)
    except UnknownCalendarYear as error:
        # How near the deadline is nobody can say; that it has passed needs no calendar.
        log.warning("instruction.not_judged", instruction=row.number, year=error.params.get("year"))
    overdue = late(duty, terms.rule(OVERDUE, row.region_code, today), today, wording)
    return [finding for finding in (soon, overdue) if finding is not None]
