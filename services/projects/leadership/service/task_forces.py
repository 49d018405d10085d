"""Task forces (工作专班): formed with one head, joined, left, handed over, dissolved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import TaskForceChangedV1
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import demand_entries
from services.projects.leadership import repository
from services.projects.leadership.domain.tenure import TaskForceRole, Tenure, begin, end
from services.projects.leadership.errors import (
    AlreadyMember,
    HandoverTooEarly,
    HeadDoesNotLeave,
    HeadNotOne,
    TaskForceDissolved,
    TaskForceExists,
)
from services.projects.leadership.service.leadership import Opened, open_leadership, store
from services.projects.leadership.service.officials import end_tenure, tenure_of
from services.projects.leadership.tables import TaskForceMemberRow, TaskForceRow


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a task force; ``duty`` says what for."""

    person_id: UUID
    role: TaskForceRole
    duty: str = ""


@dataclass(frozen=True, slots=True)
class Force:
    """A task force of an opened project, with all its members, past ones included."""

    opened: Opened
    row: TaskForceRow
    members: list[TaskForceMemberRow]

    def sitting(self) -> list[TaskForceMemberRow]:
        return [member for member in self.members if member.valid_to is None]

    def head(self) -> TaskForceMemberRow:
        return next(member for member in self.sitting() if member.role == TaskForceRole.HEAD)


async def form_task_force(
    ctx: Context, opened: Opened, name: str, unit_id: UUID | None, seats: Sequence[Seat], on: date, reason: str
) -> Force:
    """Raises TaskForceExists, HeadNotOne, AlreadyMember, EntryUnknown, HandoverTooEarly."""
    last = await repository.last_task_force(ctx.session, opened.project.id)
    if last is not None and last.valid_to is None:
        raise TaskForceExists(name=last.name)
    if last is not None and last.valid_to is not None and on < last.valid_to:
        raise HandoverTooEarly(
            on=on, since=last.valid_to, errors=[FieldError("leadership.handover_too_early", "/on")]
        )
    if sum(seat.role is TaskForceRole.HEAD for seat in seats) != 1:
        raise HeadNotOne(errors=[FieldError("task_force.head_not_one", "/members")])
    if len({seat.person_id for seat in seats}) != len(seats):
        raise AlreadyMember(errors=[FieldError("task_force.member_twice", "/members")])
    persons = {f"/members/{place}/person_id": seat.person_id for place, seat in enumerate(seats)}
    await demand_entries(ctx, persons=persons, units={"/unit_id": unit_id})
    row = TaskForceRow(
        id=ctx.new_id(),
        project_id=opened.project.id,
        name=name,
        unit_id=unit_id,
        valid_from=on,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    members = [_sit(ctx, row, seat, on, reason) for seat in seats]
    return await _changed(ctx, Force(opened, row, members), "formed", on, reason)


async def open_task_force(ctx: Context, task_force_id: UUID) -> Force:
    """The task force, its project locked. Raises NotFound."""
    row = await ctx.session.get(TaskForceRow, task_force_id)
    if row is None:
        raise NotFound
    opened = await open_leadership(ctx, row.project_id)
    await ctx.session.refresh(row)
    return Force(opened, row, (await repository.members_of(ctx.session, [row.id]))[row.id])


async def add_member(ctx: Context, force: Force, seat: Seat, on: date, reason: str) -> Force:
    """Raises TaskForceDissolved, AlreadyMember, HeadNotOne, EntryUnknown, HandoverTooEarly."""
    _demand_standing(force, on)
    if seat.role is TaskForceRole.HEAD:
        raise HeadNotOne(errors=[FieldError("task_force.head_not_one", "/role")])
    if any(member.person_id == seat.person_id for member in force.sitting()):
        raise AlreadyMember(errors=[FieldError("task_force.member_twice", "/person_id")])
    await demand_entries(ctx, persons={"/person_id": seat.person_id})
    force.members.append(_sit(ctx, force.row, seat, on, reason))
    return await _changed(ctx, force, "joined", on, reason)


async def remove_member(ctx: Context, force: Force, member_id: UUID, on: date, reason: str) -> Force:
    """Raises TaskForceDissolved, NotFound, HeadDoesNotLeave, HandoverTooEarly."""
    _demand_standing(force, on)
    member = next((member for member in force.sitting() if member.id == member_id), None)
    if member is None:
        raise NotFound
    if member.role == TaskForceRole.HEAD:
        raise HeadDoesNotLeave
    end_tenure(ctx, member, end(Tenure(member.person_id, member.valid_from), on), reason)
    return await _changed(ctx, force, "left", on, reason)


async def hand_over_head(ctx: Context, force: Force, person_id: UUID, on: date, reason: str) -> Force:
    """Another head from a day on; a member who becomes head leaves the seat held until then.

    Raises TaskForceDissolved, EntryUnknown, HandoverToSamePerson, HandoverTooEarly.
    """
    _demand_standing(force, on)
    await demand_entries(ctx, persons={"/person_id": person_id})
    head = force.head()
    ended_on, tenure = begin(tenure_of(head), person_id, on)
    assert ended_on is not None, "the head was in office"
    end_tenure(ctx, head, ended_on, reason)
    for member in force.sitting():
        if member.person_id == person_id:
            end_tenure(ctx, member, end(Tenure(member.person_id, member.valid_from), on), reason)
    await ctx.session.flush()
    seat = Seat(tenure.person_id, TaskForceRole.HEAD, head.duty)
    force.members.append(_sit(ctx, force.row, seat, tenure.valid_from, reason))
    return await _changed(ctx, force, "handed_over", on, reason)


async def dissolve(ctx: Context, force: Force, on: date, reason: str) -> Force:
    """Raises TaskForceDissolved, HandoverTooEarly."""
    _demand_standing(force, on)
    end(Tenure(force.head().person_id, max(member.valid_from for member in force.sitting())), on)
    for member in force.sitting():
        end_tenure(ctx, member, on, reason)
    row = force.row
    row.valid_to, row.end_reason, row.ended_at, row.ended_by = on, reason, ctx.now, ctx.principal.subject
    return await _changed(ctx, force, "dissolved", on, reason)


def _demand_standing(force: Force, on: date) -> None:
    if force.row.valid_to is not None:
        raise TaskForceDissolved(name=force.row.name, valid_to=force.row.valid_to)
    if on < force.row.valid_from:
        raise HandoverTooEarly(
            on=on, since=force.row.valid_from, errors=[FieldError("leadership.handover_too_early", "/on")]
        )


def _sit(ctx: Context, force: TaskForceRow, seat: Seat, on: date, reason: str) -> TaskForceMemberRow:
    row = TaskForceMemberRow(
        id=ctx.new_id(),
        task_force_id=force.id,
        person_id=seat.person_id,
        role=seat.role.value,
        duty=seat.duty,
        valid_from=on,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    return row


async def _changed(ctx: Context, force: Force, action: str, on: date, reason: str) -> Force:
    sitting = force.sitting()
    head = next((member.person_id for member in sitting if member.role == TaskForceRole.HEAD), None)
    payload = TaskForceChangedV1(
        project_id=force.opened.project.id,
        project_code=force.opened.project.code,
        project_name=force.opened.project.name,
        task_force_id=force.row.id,
        name=force.row.name,
        action=action,
        on=on,
        head_person_id=head,
        member_person_ids=tuple(member.person_id for member in sitting),
        reason=reason,
    )
    await store(ctx, force.opened, payload)
    return force
