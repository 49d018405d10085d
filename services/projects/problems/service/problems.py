"""Use cases of problems: raised, handled, extended, escalated, resolved, closed by another, reopened."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.web.problems import FieldError, NotFound
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.errors import NoOwner
from services.projects.duties.repository import columns_of
from services.projects.duties.service import (
    Deadline,
    Terms,
    demand_entries,
    load_terms,
    step_facts,
    visible_project,
    write_duty,
)
from services.projects.problems import repository
from services.projects.problems.domain import problem as rules
from services.projects.problems.domain.problem import Problem, ProblemCategory
from services.projects.problems.errors import LevelReserved, RaisedInFuture
from services.projects.problems.service.events import Opened, code_of, payload_of
from services.projects.problems.service.finding import entry_of_problem
from services.projects.problems.tables import ProblemRow, ProblemStepRow
from services.projects.search_index.service import index_entry

KIND = DutyKind.PROBLEM_OVERDUE
JUDGED = frozenset({KIND.value})


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem as it is raised. Without an owner the project's responsible unit and person answer for it."""

    title: str
    description: str
    category: ProblemCategory
    level: int
    raised_on: date | None
    raised_by_person_id: UUID | None
    owner_unit_id: UUID | None
    owner_person_id: UUID | None
    deadline: Deadline


async def read_problem(ctx: Context, problem_id: UUID) -> Opened:
    """Raises NotFound, also for a problem of a project that the caller may not see."""
    return await _find(ctx, problem_id, lock=False)


async def open_problem(ctx: Context, problem_id: UUID) -> Opened:
    """The problem, locked until the transaction ends. Raises NotFound."""
    return await _find(ctx, problem_id, lock=True)


async def _find(ctx: Context, problem_id: UUID, *, lock: bool) -> Opened:
    row = await repository.find_problem(ctx.session, problem_id, lock=lock)
    if row is None:
        raise NotFound
    return Opened(row, await visible_project(ctx, row.project_id), repository.problem_of(row))


async def raise_problem(ctx: Context, project_id: UUID, draft: Draft) -> Opened:
    """Put a problem on record, with an owner and a deadline.

    Raises NotFound, LevelReserved, RaisedInFuture, EntryUnknown, NoOwner, DueInPast, NoTerm, UnknownCalendarYear.
    """
    project = await visible_project(ctx, project_id, lock=True)
    if ctx.principal.is_enterprise_bound and draft.level != rules.LOWEST:
        raise LevelReserved(level=draft.level, errors=[FieldError("problem.level_reserved", "/level")])
    today = today_of(ctx)
    raised_on = draft.raised_on or today
    if raised_on > today:
        raise RaisedInFuture(raised_on=raised_on, today=today, errors=[FieldError("date.in_future", "/raised_on")])
    await demand_entries(
        ctx,
        persons={
            "/owner_person_id": draft.owner_person_id,
            "/raised_by_person_id": draft.raised_by_person_id,
        },
        units={"/owner_unit_id": draft.owner_unit_id},
    )
    unit, person = draft.owner_unit_id, draft.owner_person_id
    if unit is None and person is None:
        unit, person = project.responsible_unit_id, project.responsible_person_id
    if unit is None and person is None:
        raise NoOwner(errors=[FieldError("fact.required", "/owner_unit_id")])
    terms = await load_terms(ctx)
    # What is entered from paper had its days from when it was raised, and may be overdue already.
    due_on = terms.due_on(rules.term_of(draft.level), project.region_code, raised_on, draft.deadline)
    row = ProblemRow(
        id=ctx.new_id(),
        project_id=project_id,
        number=await repository.next_number(ctx.session, project_id),
        title=draft.title,
        description=draft.description,
        category=draft.category.value,
        level=draft.level,
        raised_on=raised_on,
        raised_by_person_id=draft.raised_by_person_id or ctx.principal.person_id,
        version=1,
        updated_at=ctx.now,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        **columns_of(steps.assigned(due_on, unit, person)),
    )
    ctx.session.add(row)
    opened = Opened(row, project, repository.problem_of(row))
    return await _finish(ctx, opened, opened.problem, "raised", draft.description)


async def amend_problem(ctx: Context, opened: Opened, facts: Mapping[str, Any]) -> Opened:
    """Change title, description, category or owner; nothing happens when they are so already.

    Raises EntryUnknown, NoOwner.
    """
    changes = {name: value for name, value in facts.items() if getattr(opened.row, name) != value}
    if not changes:
        return opened
    await demand_entries(
        ctx,
        persons={"/owner_person_id": changes.get("owner_person_id")},
        units={"/owner_unit_id": changes.get("owner_unit_id")},
    )
    for name, value in changes.items():
        setattr(opened.row, name, value)
    if opened.row.owner_unit_id is None and opened.row.owner_person_id is None:
        raise NoOwner(errors=[FieldError("fact.required", "/owner_unit_id")])
    return await _store(ctx, opened, repository.problem_of(opened.row), "amended", "")


async def note_work(ctx: Context, opened: Opened, note: str) -> Opened:
    """Report work on the problem, which takes it up; what its enterprise says does not. Raises DutyStepRefused."""
    if ctx.principal.is_enterprise_bound:
        steps.check_pending(opened.problem.duty)
        return await _store(ctx, opened, opened.problem, "noted", note)
    duty = steps.note(opened.problem.duty)
    action = "taken_up" if opened.problem.duty.status is steps.DutyStatus.OPEN else "noted"
    return await _store(ctx, opened, replace(opened.problem, duty=duty), action, note)


async def extend_problem(ctx: Context, opened: Opened, until: date, reason: str) -> Opened:
    """Raises DutyStepRefused, ExtensionNotLater."""
    duty = steps.extend(opened.problem.duty, until, today_of(ctx))
    return await _store(ctx, opened, replace(opened.problem, duty=duty), "extended", reason)


async def resolve_problem(ctx: Context, opened: Opened, resolution: str) -> Opened:
    """Raises DutyStepRefused."""
    duty = steps.resolve(opened.problem.duty, ctx.principal.subject, today_of(ctx), resolution)
    return await _store(ctx, opened, replace(opened.problem, duty=duty), "resolved", resolution)


async def close_problem(ctx: Context, opened: Opened, note: str) -> Opened:
    """Verify and close (销号). Raises DutyStepRefused, VerifierIsResolver."""
    duty = steps.close(opened.problem.duty, ctx.principal.subject, today_of(ctx), note)
    return await _store(ctx, opened, replace(opened.problem, duty=duty), "closed", note)


async def reopen_problem(ctx: Context, opened: Opened, deadline: Deadline, reason: str) -> Opened:
    """Raises DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear."""
    terms = await load_terms(ctx)
    kind = rules.term_of(opened.problem.level)
    due_on = terms.due_on(kind, opened.project.region_code, today_of(ctx), deadline)
    duty = steps.reopen(opened.problem.duty, due_on)
    return await _store(ctx, opened, replace(opened.problem, duty=duty), "reopened", reason)


async def escalate_problem(ctx: Context, opened: Opened, reason: str, *, terms: Terms | None = None) -> Opened:
    """One level up, with the working days of that level. Raises HighestLevel, DutyStepRefused, NoTerm."""
    terms = terms or await load_terms(ctx)
    today = today_of(ctx)
    kind = rules.term_of(rules.check_escalation(opened.problem))
    due_on = terms.due_on(kind, opened.project.region_code, today, Deadline())
    return await _store(ctx, opened, rules.escalate(opened.problem, due_on, today), "escalated", reason)


async def _store(ctx: Context, opened: Opened, after: Problem, action: str, note: str) -> Opened:
    opened.row.level = after.level
    write_duty(ctx, opened.row, after.duty)
    return await _finish(ctx, opened, after, action, note)


async def _finish(ctx: Context, opened: Opened, after: Problem, action: str, note: str) -> Opened:
    row, project = opened.row, opened.project
    await ctx.session.flush()
    facts = {
        "status": row.status,
        "level": row.level,
        "due_on": row.due_on,
        "owner_unit_id": row.owner_unit_id,
        "owner_person_id": row.owner_person_id,
    }
    ctx.session.add(ProblemStepRow(problem_id=row.id, **step_facts(ctx, row.version, action, note, facts)))
    await record_event(
        ctx,
        payload_of(opened, after, action, note),
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=project.region_code,
        enterprise_id=project.enterprise_id,
    )
    await index_entry(ctx, entry_of_problem(row, project))
    stored = Opened(row, project, after)
    if await open_conditions(ctx.session, JUDGED, [row.id]):
        await settle_problem(ctx, stored, await load_terms(ctx), may_open=False)
    return stored


async def settle_problem(ctx: Context, opened: Opened, terms: Terms, *, may_open: bool) -> Outcome:
    row, project, today = opened.row, opened.project, today_of(ctx)
    found = rules.overdue_finding(opened.problem, terms.rule(KIND, project.region_code, today), today)
    subject = Subject(
        type="problem",
        id=row.id,
        code=code_of(project, row),
        name=row.title,
        region_code=project.region_code,
        project_id=project.id,
        project_code=project.code,
        project_name=project.name,
        enterprise_id=project.enterprise_id,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    reason = steps.cleared_because(opened.problem.duty, today)
    return await settle(
        ctx,
        subject,
        [found] if found is not None else [],
        judged=JUDGED,
        reason=lambda _: reason,
        may_open=may_open,
    )
