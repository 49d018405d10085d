"""Decisions and the action items they become, from owner to verified closing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    ActionItemAmendedV1,
    ActionItemAssignedV1,
    ActionItemClosedV1,
    ActionItemReopenedV1,
    ActionItemResolvedV1,
    MeetingDecidedV1,
)
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.conditions.domain.condition import Outcome, Subject
from services.projects.conditions.repository import open_conditions
from services.projects.conditions.service import settle
from services.projects.duties.domain import duty as steps
from services.projects.duties.domain.duty import Duty
from services.projects.duties.domain.rules import DutyKind
from services.projects.duties.errors import NoOwner
from services.projects.duties.repository import columns_of, duty_of
from services.projects.duties.service import (
    Deadline,
    Terms,
    demand_entries,
    load_terms,
    step_facts,
    visible_project,
    write_duty,
)
from services.projects.ledger.repository import find_project
from services.projects.meetings import repository
from services.projects.meetings.domain.meeting import MeetingStatus, demand_status
from services.projects.meetings.service.meetings import Opened, store_meeting
from services.projects.meetings.tables import ActionItemRow, ActionStepRow, DecisionRow, MeetingRow
from services.projects.problems.service.problems import read_problem

_KIND = DutyKind.ACTION_OVERDUE
_JUDGED = frozenset({_KIND.value})


@dataclass(frozen=True, slots=True)
class ActionDraft:
    """What is to be done by whom; without a project of its own it is about the agenda item's."""

    title: str
    project_id: UUID | None
    problem_id: UUID | None
    owner_unit_id: UUID | None
    owner_person_id: UUID | None
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class OpenedAction:
    row: ActionItemRow
    meeting: MeetingRow
    duty: Duty

    @property
    def version(self) -> int:
        return self.row.version


async def decide(
    ctx: Context, opened: Opened, text: str, item_id: UUID | None, drafts: Sequence[ActionDraft]
) -> tuple[DecisionRow, list[UUID]]:
    """Record a decision of a held meeting and assign its action items.

    Raises MeetingStepRefused, NotFound, NoOwner, EntryUnknown, DueInPast, NoTerm, UnknownCalendarYear.
    """
    demand_status(opened.status, [MeetingStatus.HELD])
    item = next((item for item in opened.items if item.id == item_id), None)
    if item_id is not None and item is None:
        raise NotFound
    decision = DecisionRow(
        id=ctx.new_id(),
        meeting_id=opened.row.id,
        item_id=item_id,
        number=await repository.last_decision(ctx.session, opened.row.id) + 1,
        text=text,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(decision)
    await ctx.session.flush()
    terms = await load_terms(ctx)
    number = await repository.last_action(ctx.session, opened.row.id)
    ids: list[UUID] = []
    for place, draft in enumerate(drafts):
        project_id = draft.project_id or (item.project_id if item is not None else None)
        problem_id = draft.problem_id or (item.problem_id if item is not None and not draft.project_id else None)
        row = await _assign(ctx, opened, decision, number + place + 1, draft, project_id, problem_id, terms, place)
        ids.append(row.id)
    payload = MeetingDecidedV1(
        **opened.state(),
        decision_id=decision.id,
        number=decision.number,
        text=text,
        action_item_ids=tuple(ids),
    )
    await store_meeting(ctx, opened, payload)
    return decision, ids


async def _assign(
    ctx: Context,
    opened: Opened,
    decision: DecisionRow,
    number: int,
    draft: ActionDraft,
    project_id: UUID | None,
    problem_id: UUID | None,
    terms: Terms,
    place: int,
) -> ActionItemRow:
    where = f"/actions/{place}"
    if draft.owner_unit_id is None and draft.owner_person_id is None:
        raise NoOwner(errors=[FieldError("fact.required", f"{where}/owner_unit_id")])
    await demand_entries(
        ctx,
        persons={f"{where}/owner_person_id": draft.owner_person_id},
        units={f"{where}/owner_unit_id": draft.owner_unit_id},
    )
    if problem_id is not None:
        project_id = (await read_problem(ctx, problem_id)).project.id
    region_code = opened.row.region_code
    if project_id is not None:
        region_code = (await visible_project(ctx, project_id)).region_code
    assert opened.row.held_on is not None, "only a held meeting decides"
    # It was agreed on the day of the meeting, on whatever day somebody gets round to entering it.
    due_on = terms.due_on(DutyKind.ACTION_TERM, region_code, opened.row.held_on, draft.deadline)
    row = ActionItemRow(
        id=ctx.new_id(),
        meeting_id=opened.row.id,
        decision_id=decision.id,
        number=number,
        title=draft.title,
        region_code=region_code,
        project_id=project_id,
        problem_id=problem_id,
        version=1,
        updated_at=ctx.now,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
        **columns_of(steps.assigned(due_on, draft.owner_unit_id, draft.owner_person_id)),
    )
    ctx.session.add(row)
    await _finish(ctx, OpenedAction(row, opened.row, duty_of(row)), "assigned", decision.text)
    return row


async def read_action(ctx: Context, action_id: UUID, *, lock: bool = False) -> OpenedAction:
    """The action item, locked if asked. Raises NotFound, also where the caller may not see it."""
    ensure_enterprise(ctx.principal, None)
    row = await repository.find_action(ctx.session, action_id, lock=lock)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    meeting = await repository.find_meeting(ctx.session, row.meeting_id)
    assert meeting is not None, "meetings are never deleted"
    return OpenedAction(row, meeting, duty_of(row))


async def amend_action(ctx: Context, opened: OpenedAction, facts: Mapping[str, Any]) -> OpenedAction:
    """Change title or owner. Raises EntryUnknown, NoOwner."""
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
    return await _store(ctx, opened, duty_of(opened.row), "amended", "")


async def note_action(ctx: Context, opened: OpenedAction, note: str) -> OpenedAction:
    """Report work, which takes the item up. Raises DutyStepRefused."""
    action = "taken_up" if opened.duty.status is steps.DutyStatus.OPEN else "noted"
    return await _store(ctx, opened, steps.note(opened.duty), action, note)


async def extend_action(ctx: Context, opened: OpenedAction, until: date, reason: str) -> OpenedAction:
    """Raises DutyStepRefused, ExtensionNotLater."""
    return await _store(ctx, opened, steps.extend(opened.duty, until, today_of(ctx)), "extended", reason)


async def resolve_action(ctx: Context, opened: OpenedAction, resolution: str) -> OpenedAction:
    """Raises DutyStepRefused."""
    duty = steps.resolve(opened.duty, ctx.principal.subject, today_of(ctx), resolution)
    return await _store(ctx, opened, duty, "resolved", resolution)


async def close_action(ctx: Context, opened: OpenedAction, note: str) -> OpenedAction:
    """Raises DutyStepRefused, VerifierIsResolver."""
    duty = steps.close(opened.duty, ctx.principal.subject, today_of(ctx), note)
    return await _store(ctx, opened, duty, "closed", note)


async def reopen_action(ctx: Context, opened: OpenedAction, deadline: Deadline, reason: str) -> OpenedAction:
    """Raises DutyStepRefused, DueInPast, NoTerm, UnknownCalendarYear."""
    terms = await load_terms(ctx)
    due_on = terms.due_on(DutyKind.ACTION_TERM, opened.row.region_code, today_of(ctx), deadline)
    return await _store(ctx, opened, steps.reopen(opened.duty, due_on), "reopened", reason)


async def _store(ctx: Context, opened: OpenedAction, duty: Duty, action: str, note: str) -> OpenedAction:
    write_duty(ctx, opened.row, duty)
    return await _finish(ctx, OpenedAction(opened.row, opened.meeting, duty), action, note)


async def _finish(ctx: Context, opened: OpenedAction, action: str, note: str) -> OpenedAction:
    row = opened.row
    await ctx.session.flush()
    facts = {name: getattr(row, name) for name in ("status", "due_on", "owner_unit_id", "owner_person_id")}
    ctx.session.add(ActionStepRow(action_item_id=row.id, **step_facts(ctx, row.version, action, note, facts)))
    await record_event(
        ctx,
        _payload(opened, action, note),
        subject=str(row.id),
        aggregate_version=row.version,
        region_code=row.region_code,
    )
    if await open_conditions(ctx.session, _JUDGED, [row.id]):
        await _settle(ctx, opened, await load_terms(ctx), may_open=False)
    return opened


def code_of(meeting: MeetingRow, row: ActionItemRow) -> str:
    """The item's label: the day of its meeting and its number there."""
    return f"{meeting.held_on or meeting.planned_on}#{row.number}"


def _payload(opened: OpenedAction, action: str, note: str) -> EventPayload:
    row = opened.row
    names = ("meeting_id", "decision_id", "project_id", "problem_id", "title", "status", "due_on")
    state: dict[str, Any] = {name: getattr(row, name) for name in (*names, "owner_unit_id", "owner_person_id")}
    state |= {"action_item_id": row.id, "code": code_of(opened.meeting, row), "note": note}
    match action:
        case "assigned":
            return ActionItemAssignedV1(**state)
        case "resolved":
            return ActionItemResolvedV1(**state)
        case "closed":
            return ActionItemClosedV1(**state)
        case "reopened":
            return ActionItemReopenedV1(**state)
        case _:
            return ActionItemAmendedV1(**state, action=action)


async def _settle(ctx: Context, opened: OpenedAction, terms: Terms, *, may_open: bool) -> Outcome:
    row, today = opened.row, today_of(ctx)
    project = None if row.project_id is None else await find_project(ctx.session, row.project_id)
    wording = steps.Wording(
        f"会议（{opened.meeting.title}）议定事项“{row.title}”",
        f"action item “{row.title}” of the meeting “{opened.meeting.title}”",
    )
    found = steps.overdue(opened.duty, terms.rule(_KIND, row.region_code, today), today, wording)
    subject = Subject(
        type="action_item",
        id=row.id,
        code=code_of(opened.meeting, row),
        name=row.title,
        region_code=row.region_code,
        project_id=row.project_id,
        project_code=project.code if project is not None else None,
        project_name=project.name if project is not None else None,
        responsible_person_id=row.owner_person_id,
        responsible_unit_id=row.owner_unit_id,
    )
    reason = steps.cleared_because(opened.duty, today)
    findings = [found] if found is not None else []
    return await settle(ctx, subject, findings, judged=_JUDGED, reason=lambda _: reason, may_open=may_open)


async def scan_actions(ctx: Context) -> Outcome:
    """Settle what is overdue; safe to run twice and beside writes."""
    terms = await load_terms(ctx)
    known = await open_conditions(ctx.session, _JUDGED)
    outcome = Outcome()
    for action_id in await repository.late_actions(ctx.session, today_of(ctx), list(known)):
        outcome += await _settle(ctx, await read_action(ctx, action_id, lock=True), terms, may_open=True)
    return outcome
