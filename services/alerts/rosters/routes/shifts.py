"""The schedule: who is on duty when, single shifts and holiday lists."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from libs.common.context import Context
from libs.common.security.scope import ensure_region
from libs.common.web.conditional import honour_if_match
from libs.common.web.dependencies import ContextDep, require
from libs.common.web.problems import NotFound, problems
from libs.common.web.routes import TransactionalRoute
from services.alerts.rosters import holidays, planning, repository, service
from services.alerts.rosters.errors import (
    AssignmentNotFound,
    AssignmentOverlap,
    BothRoles,
    HolidayNotFound,
    HolidayOverlap,
    OutsideHoliday,
    RosterNotFound,
    SpanNotOrdered,
    SpanPast,
    SpanTooLong,
    UnknownPerson,
)
from services.alerts.rosters.routes.answers import KEEPERS, READERS, Code, place_of, shifts_read
from services.alerts.rosters.schemas.rosters import Kind
from services.alerts.rosters.schemas.shifts import (
    AssignmentList,
    AssignmentRead,
    DutyRead,
    GapRead,
    HolidayCreate,
    HolidayList,
    HolidayRead,
    HolidayRefill,
    OnDutyRead,
    ScheduleRead,
    ShiftEnter,
    TakeBack,
)
from services.alerts.rosters.tables import HolidayRow, RosterRow
from services.alerts.worktime.schemas import Region

router = APIRouter(route_class=TransactionalRoute, tags=["duty rosters"])

_LONGEST = timedelta(days=400)
_FAULTS = (SpanNotOrdered, SpanPast, BothRoles, UnknownPerson, AssignmentOverlap)


@router.get("/v1/duty", dependencies=[require(*READERS)], responses=problems(NotFound))
async def who_is_on_duty(
    ctx: ContextDep,
    region_code: Region,
    kind: Annotated[Kind, Query()] = service.AROUND_THE_CLOCK,
    at: AwareDatetime | None = None,
) -> DutyRead:
    """Who is on duty for a matter in a region now, or at another instant; stand-ins included.

    Where the region has no roster for the matter its around-the-clock roster answers.
    """
    ensure_region(ctx.principal, region_code)
    instant = at or ctx.now
    duty = await service.duty_at(ctx, region_code, (kind, service.AROUND_THE_CLOCK), instant)
    people = () if duty is None else duty.people
    return DutyRead(
        region_code=region_code,
        kind=kind,
        at=instant,
        roster_code=None if duty is None else duty.roster.code,
        people=[
            OnDutyRead(
                person_id=each.person.person_id, name=each.person.name, role=each.role, instead_of=each.instead_of
            )
            for each in people
        ],
        missing=[] if duty is None else list(duty.missing),
    )


@router.get(
    "/v1/duty-rosters/{code}/shifts",
    dependencies=[require(*READERS)],
    responses=problems(RosterNotFound, SpanNotOrdered, SpanTooLong),
)
async def list_shifts(
    ctx: ContextDep,
    code: Code,
    starts_at: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    ends_at: Annotated[AwareDatetime | None, Query(alias="to")] = None,
) -> ScheduleRead:
    """The roster's schedule (default: a week from now) as it stands, and its gaps."""
    roster = await planning.get_roster(ctx, code)
    start = starts_at or ctx.now
    end = ends_at or start + timedelta(days=7)
    if end <= start:
        raise SpanNotOrdered(starts_at=start, ends_at=end)
    if end - start > _LONGEST:
        raise SpanTooLong(days=_LONGEST.days)
    shifts = await service.shifts_of(ctx, roster, start, end)
    return ScheduleRead(
        roster_code=roster.code,
        starts_at=start,
        ends_at=end,
        shifts=await shifts_read(ctx, shifts),
        gaps=[
            GapRead(starts_at=begins, ends_at=ends)
            for begins, ends in await service.gaps_of(ctx, roster, start, end)
        ],
    )


@router.post(
    "/v1/duty-rosters/{code}/shifts",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, *_FAULTS),
)
async def enter_shift(request: Request, ctx: ContextDep, code: Code, body: ShiftEnter) -> AssignmentList:
    """Put people on duty for a time, above rotation and holiday lists."""
    roster = await planning.get_roster(ctx, code, lock=True)
    honour_if_match(request, roster.version)
    rows = await planning.enter_shift(ctx, roster, place_of(body), body.reason)
    return AssignmentList(items=[AssignmentRead.model_validate(row) for row in rows])


@router.post(
    "/v1/duty-rosters/{code}/shifts/{assignment_id}/withdrawals",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, AssignmentNotFound, SpanPast),
)
async def take_back(
    request: Request, ctx: ContextDep, code: Code, assignment_id: UUID, body: TakeBack
) -> AssignmentRead:
    """Take an entered shift back; what lies below it counts again."""
    roster = await planning.get_roster(ctx, code, lock=True)
    honour_if_match(request, roster.version)
    return AssignmentRead.model_validate(await planning.take_back(ctx, roster, assignment_id, body.reason))


@router.get(
    "/v1/duty-rosters/{code}/holiday-lists", dependencies=[require(*READERS)], responses=problems(RosterNotFound)
)
async def list_holidays(ctx: ContextDep, code: Code) -> HolidayList:
    """Holiday lists of the roster in order of time."""
    roster = await planning.get_roster(ctx, code)
    rows = await repository.holidays(ctx.session, roster.id)
    return HolidayList(items=[await _read(ctx, roster, row) for row in rows])


@router.post(
    "/v1/duty-rosters/{code}/holiday-lists",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, HolidayOverlap, OutsideHoliday, *_FAULTS),
)
async def list_holiday(request: Request, ctx: ContextDep, code: Code, body: HolidayCreate) -> HolidayRead:
    """Enter the list of Spring Festival, National Day and the like; the rotation rests in its period."""
    roster = await planning.get_roster(ctx, code, lock=True)
    honour_if_match(request, roster.version)
    row = await holidays.list_holiday(
        ctx,
        roster,
        name_zh=body.name_zh,
        name_en=body.name_en,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        places=[place_of(each) for each in body.shifts],
    )
    return await _read(ctx, roster, row)


@router.put(
    "/v1/duty-rosters/{code}/holiday-lists/{holiday_id}/shifts",
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, HolidayNotFound, OutsideHoliday, *_FAULTS),
)
async def refill_holiday(
    request: Request, ctx: ContextDep, code: Code, holiday_id: UUID, body: HolidayRefill
) -> HolidayRead:
    """Replace the shifts of a holiday list."""
    roster = await planning.get_roster(ctx, code, lock=True)
    holiday = await holidays.get_holiday(ctx, roster, holiday_id)
    honour_if_match(request, holiday.version)
    await holidays.refill_holiday(ctx, roster, holiday, [place_of(each) for each in body.shifts], body.reason)
    return await _read(ctx, roster, holiday)


@router.post(
    "/v1/duty-rosters/{code}/holiday-lists/{holiday_id}/withdrawals",
    status_code=201,
    dependencies=[require(*KEEPERS)],
    responses=problems(RosterNotFound, HolidayNotFound, SpanPast),
)
async def withdraw_holiday(
    request: Request, ctx: ContextDep, code: Code, holiday_id: UUID, body: TakeBack
) -> HolidayRead:
    """Take a holiday list back: the rotation counts again."""
    roster = await planning.get_roster(ctx, code, lock=True)
    holiday = await holidays.get_holiday(ctx, roster, holiday_id)
    honour_if_match(request, holiday.version)
    await holidays.withdraw_holiday(ctx, roster, holiday, body.reason)
    return await _read(ctx, roster, holiday)


async def _read(ctx: Context, roster: RosterRow, row: HolidayRow) -> HolidayRead:
    shifts = await repository.of_holiday(ctx.session, row.id)
    gaps = await service.gaps_of(ctx, roster, row.starts_at, row.ends_at)
    return HolidayRead.model_validate(row).model_copy(
        update={
            "shifts": [AssignmentRead.model_validate(each) for each in shifts],
            "gaps": [GapRead(starts_at=begins, ends_at=ends) for begins, ends in gaps],
        }
    )
