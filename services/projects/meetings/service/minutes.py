"""Minutes in editions, and which of them govern a project."""

from datetime import date
from uuid import UUID

from libs.common.context import Context
from libs.common.contracts.projects import MeetingMinutesRecordedV1
from libs.common.local_time import today_of
from libs.common.web.problems import FieldError, NotFound
from services.projects.duties.service import visible_project
from services.projects.meetings import repository
from services.projects.meetings.domain.meeting import MeetingStatus, check_governing_from, demand_status
from services.projects.meetings.errors import (
    EditionNeedsReason,
    GoverningTooEarly,
    MinutesGovernAlready,
    MinutesNotOfProject,
    NoGoverningMinutes,
)
from services.projects.meetings.service.meetings import Opened, read_meeting, recount, store_meeting
from services.projects.meetings.tables import GoverningMinutesRow, MinutesRow


async def record_minutes(
    ctx: Context, opened: Opened, text: str, document_no: str | None, reason: str
) -> MinutesRow:
    """Another edition of a held meeting's minutes; the earlier ones stay.

    Raises MeetingStepRefused, EditionNeedsReason.
    """
    demand_status(opened.status, [MeetingStatus.HELD])
    edition = await repository.last_edition(ctx.session, opened.row.id) + 1
    if edition > 1 and not reason:
        raise EditionNeedsReason(edition=edition, errors=[FieldError("fact.required", "/reason")])
    row = MinutesRow(
        id=ctx.new_id(),
        meeting_id=opened.row.id,
        edition=edition,
        document_no=document_no,
        text=text,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    ctx.session.add(row)
    payload = MeetingMinutesRecordedV1(**opened.state(), minutes_id=row.id, edition=edition)
    await store_meeting(ctx, opened, payload)
    return row


async def govern(ctx: Context, project_id: UUID, minutes_id: UUID, on: date, reason: str) -> GoverningMinutesRow:
    """Let minutes govern a project from a day on; those in force until then are superseded, on record.

    Raises NotFound, MinutesNotOfProject, MinutesGovernAlready, GoverningTooEarly.
    """
    await visible_project(ctx, project_id, lock=True)
    minutes = await ctx.session.get(MinutesRow, minutes_id)
    if minutes is None:
        raise NotFound
    meeting = await read_meeting(ctx, minutes.meeting_id)
    if project_id not in meeting.project_ids():
        raise MinutesNotOfProject(
            title=meeting.row.title, errors=[FieldError("minutes.not_of_project", "/minutes_id")]
        )
    present = await repository.governing(ctx.session, project_id)
    if present is not None and present.minutes_id == minutes_id:
        raise MinutesGovernAlready(since=present.valid_from)
    assert meeting.row.held_on is not None, "only a held meeting has minutes"
    check_governing_from(on, meeting.row.held_on, present.valid_from if present else None, today_of(ctx))
    row = GoverningMinutesRow(
        id=ctx.new_id(),
        project_id=project_id,
        minutes_id=minutes_id,
        valid_from=on,
        reason=reason,
        recorded_at=ctx.now,
        recorded_by=ctx.principal.subject,
    )
    if present is not None:
        _end(ctx, present, on, reason)
        present.superseded_by_id = row.id
        # The end of the one is written before the beginning of the next: the database allows one in force.
        await ctx.session.flush()
    ctx.session.add(row)
    await ctx.session.flush()
    await recount(ctx, project_id)
    return row


async def revoke(ctx: Context, project_id: UUID, on: date, reason: str) -> GoverningMinutesRow:
    """The governing minutes govern no longer and none follow yet.

    Raises NotFound, NoGoverningMinutes, GoverningTooEarly.
    """
    await visible_project(ctx, project_id, lock=True)
    present = await repository.governing(ctx.session, project_id)
    if present is None:
        raise NoGoverningMinutes
    today = today_of(ctx)
    if not present.valid_from < on <= today:
        fault = FieldError("minutes.govern_too_early", "/on")
        raise GoverningTooEarly(on=on, earliest=present.valid_from, today=today, errors=[fault])
    _end(ctx, present, on, reason)
    await ctx.session.flush()
    await recount(ctx, project_id)
    return present


def _end(ctx: Context, row: GoverningMinutesRow, on: date, reason: str) -> None:
    row.valid_to, row.end_reason, row.ended_at, row.ended_by = on, reason, ctx.now, ctx.principal.subject
