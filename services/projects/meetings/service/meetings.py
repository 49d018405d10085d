"""Meetings: planned with an agenda, held with attendance, or cancelled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.base import EventPayload
from libs.common.contracts.projects import (
    MeetingAmendedV1,
    MeetingCancelledV1,
    MeetingHeldV1,
    MeetingPlannedV1,
)
from libs.common.local_time import today_of
from libs.common.outbox.record import record_event
from libs.common.security.scope import ensure_enterprise, ensure_region
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import demand_entries, visible_project
from services.projects.leadership.service.leadership import count_meetings
from services.projects.meetings import repository
from services.projects.meetings.domain import meeting as rules
from services.projects.meetings.domain.meeting import Attendance, MeetingKind, MeetingStatus
from services.projects.meetings.errors import AgendaMismatch, AttendeeTwice
from services.projects.meetings.service.finding import index_meeting
from services.projects.meetings.tables import AttendanceRow, MeetingItemRow, MeetingRow
from services.projects.problems.service.problems import read_problem
from services.projects.registry.service.recording import demand_region


@dataclass(frozen=True, slots=True)
class Item:
    """A point of the agenda; a problem brings its project along."""

    topic: str
    project_id: UUID | None = None
    problem_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    person_id: UUID
    status: Attendance
    note: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    kind: MeetingKind
    title: str
    region_code: str
    planned_on: date
    place: str
    host_unit_id: UUID | None
    chair_person_id: UUID | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A meeting with its agenda."""

    row: MeetingRow
    items: Sequence[MeetingItemRow]

    @property
    def version(self) -> int:
        return self.row.version

    @property
    def status(self) -> MeetingStatus:
        return MeetingStatus(self.row.status)

    def project_ids(self) -> list[UUID]:
        """Projects on the agenda, each once, in the order in which they are locked."""
        return sorted({item.project_id for item in self.items if item.project_id is not None})

    def state(self) -> dict[str, Any]:
        """What every event of the meeting says."""
        names = ("kind", "title", "region_code", "status", "planned_on", "held_on")
        facts = {name: getattr(self.row, name) for name in names}
        return facts | {"meeting_id": self.row.id, "project_ids": tuple(self.project_ids())}


async def read_meeting(ctx: Context, meeting_id: UUID) -> Opened:
    """Raises NotFound; whoever sees a project on the agenda sees the meeting, enterprises see none."""
    ensure_enterprise(ctx.principal, None)
    row = await repository.find_meeting(ctx.session, meeting_id)
    if row is None or not await repository.concerns_caller(ctx.session, meeting_id, ctx.principal):
        raise NotFound
    return Opened(row, await repository.items_of(ctx.session, meeting_id))


async def open_meeting(ctx: Context, meeting_id: UUID) -> Opened:
    """The meeting, locked until the transaction ends. Raises NotFound outside of the caller's subtree."""
    ensure_enterprise(ctx.principal, None)
    row = await repository.find_meeting(ctx.session, meeting_id, lock=True)
    if row is None:
        raise NotFound
    ensure_region(ctx.principal, row.region_code)
    return Opened(row, await repository.items_of(ctx.session, meeting_id))


async def plan_meeting(ctx: Context, draft: Draft, items: Sequence[Item]) -> Opened:
    """Raises UnknownRegion, EntryUnknown, NotFound (a project or problem out of sight), AgendaMismatch."""
    await demand_region(ctx, draft.region_code)
    await _demand_people(ctx, draft.host_unit_id, draft.chair_person_id)
    row = MeetingRow(
        id=ctx.new_id(),
        kind=draft.kind.value,
        title=draft.title,
        region_code=draft.region_code,
        status=MeetingStatus.PLANNED.value,
        planned_on=draft.planned_on,
        place=draft.place,
        host_unit_id=draft.host_unit_id,
        chair_person_id=draft.chair_person_id,
        version=0,
        updated_at=ctx.now,
        created_at=ctx.now,
        created_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    await ctx.session.flush()
    opened = Opened(row, await _write_agenda(ctx, row, items))
    return await store_meeting(ctx, opened, MeetingPlannedV1(**opened.state()))


async def amend_meeting(ctx: Context, opened: Opened, facts: Mapping[str, Any]) -> Opened:
    """Change title, day, place, host or chair of a planned meeting. Raises MeetingStepRefused, EntryUnknown."""
    rules.demand_status(opened.status, [MeetingStatus.PLANNED])
    changes = {name: value for name, value in facts.items() if getattr(opened.row, name) != value}
    if not changes:
        return opened
    await _demand_people(ctx, changes.get("host_unit_id"), changes.get("chair_person_id"))
    for name, value in changes.items():
        setattr(opened.row, name, value)
    return await store_meeting(ctx, opened, MeetingAmendedV1(**opened.state(), action="amended"))


async def put_agenda(ctx: Context, opened: Opened, items: Sequence[Item]) -> Opened:
    """Replace the agenda of a planned meeting. Raises MeetingStepRefused, NotFound, AgendaMismatch."""
    rules.demand_status(opened.status, [MeetingStatus.PLANNED])
    await repository.drop_agenda(ctx.session, opened.row.id)
    changed = Opened(opened.row, await _write_agenda(ctx, opened.row, items))
    return await store_meeting(ctx, changed, MeetingAmendedV1(**changed.state(), action="agenda_put"))


async def put_attendance(ctx: Context, opened: Opened, attendees: Sequence[Attendee]) -> Opened:
    """Replace the attendance list. Raises MeetingStepRefused, AttendeeTwice, EntryUnknown."""
    rules.demand_status(opened.status, [MeetingStatus.PLANNED, MeetingStatus.HELD])
    await _write_attendance(ctx, opened.row, attendees)
    return await store_meeting(ctx, opened, MeetingAmendedV1(**opened.state(), action="attendance_put"))


async def hold_meeting(ctx: Context, opened: Opened, on: date, attendees: Sequence[Attendee] | None) -> Opened:
    """The meeting took place; an on-site meeting counts for every project on its agenda.

    Raises MeetingStepRefused, MeetingInFuture, AttendeeTwice, EntryUnknown.
    """
    opened.row.status = rules.hold(opened.status, on, today_of(ctx)).value
    opened.row.held_on = on
    if attendees is not None:
        await _write_attendance(ctx, opened.row, attendees)
    stored = await store_meeting(ctx, opened, MeetingHeldV1(**opened.state()))
    if opened.row.kind == MeetingKind.ON_SITE:
        for project_id in opened.project_ids():
            await recount(ctx, project_id)
    return stored


async def cancel_meeting(ctx: Context, opened: Opened, reason: str) -> Opened:
    """Raises MeetingStepRefused."""
    opened.row.status = rules.cancel(opened.status).value
    opened.row.cancel_reason = reason
    return await store_meeting(ctx, opened, MeetingCancelledV1(**opened.state(), reason=reason))


async def recount(ctx: Context, project_id: UUID) -> None:
    """Tell the project's leadership how many on-site meetings were held and which minutes govern."""
    held, last = await repository.on_site_meetings(ctx.session, project_id)
    governing = await repository.governing(ctx.session, project_id)
    await count_meetings(
        ctx,
        project_id,
        on_site_meetings=held,
        last_on_site_on=last,
        governing_minutes_id=None if governing is None else governing.minutes_id,
        governing_ended_on=await repository.governing_ended_on(ctx.session, project_id),
    )


async def store_meeting(ctx: Context, opened: Opened, payload: EventPayload) -> Opened:
    """Raise the version and tell it."""
    opened.row.advance(ctx.now)
    await ctx.session.flush()
    await record_event(
        ctx,
        payload,
        subject=str(opened.row.id),
        aggregate_version=opened.row.version,
        region_code=opened.row.region_code,
    )
    await index_meeting(ctx, opened.row)
    return opened


async def _demand_people(ctx: Context, unit_id: UUID | None, person_id: UUID | None) -> None:
    await demand_entries(ctx, persons={"/chair_person_id": person_id}, units={"/host_unit_id": unit_id})


async def _write_agenda(ctx: Context, row: MeetingRow, items: Sequence[Item]) -> list[MeetingItemRow]:
    rows = []
    for position, item in enumerate(items, start=1):
        project_id = item.project_id
        if item.problem_id is not None:
            problem = await read_problem(ctx, item.problem_id)
            project_id = project_id or problem.project.id
            if project_id != problem.project.id:
                fault = FieldError("agenda.other_project", f"/items/{position - 1}/problem_id")
                raise AgendaMismatch(position=position, errors=[fault])
        elif project_id is not None:
            await visible_project(ctx, project_id)
        rows.append(
            MeetingItemRow(
                id=ctx.new_id(),
                meeting_id=row.id,
                position=position,
                topic=item.topic,
                project_id=project_id,
                problem_id=item.problem_id,
            )
        )
    ctx.session.add_all(rows)
    return rows


async def _write_attendance(ctx: Context, row: MeetingRow, attendees: Sequence[Attendee]) -> None:
    if len({attendee.person_id for attendee in attendees}) != len(attendees):
        raise AttendeeTwice(errors=[FieldError("attendance.twice", "/attendance")])
    known = {
        attendance.person_id: attendance for attendance in await repository.attendance_of(ctx.session, row.id)
    }
    named = {
        f"/attendance/{place}/person_id": attendee.person_id
        for place, attendee in enumerate(attendees)
        if attendee.person_id not in known
    }
    await demand_entries(ctx, persons=named)
    for attendance in known.values():
        await ctx.session.delete(attendance)
    await ctx.session.flush()
    ctx.session.add_all(
        AttendanceRow(
            meeting_id=row.id, person_id=attendee.person_id, status=attendee.status.value, note=attendee.note
        )
        for attendee in attendees
    )
