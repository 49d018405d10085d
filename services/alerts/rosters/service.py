"""Who is on duty, and who answers for somebody who does not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import Person
from libs.common.workdays import SHANGHAI
from services.alerts.rosters import repository
from services.alerts.rosters.domain import schedule, stand_ins
from services.alerts.rosters.domain.rotation import DaysCovered, Member, Period, Rotation
from services.alerts.rosters.domain.schedule import Assignment, DutyRole, Holiday, Layer, Shift
from services.alerts.rosters.domain.stand_ins import StandInScope
from services.alerts.rosters.tables import AssignmentRow, HolidayRow, RosterRow, RotationRow
from services.alerts.worktime import service as worktime

# The roster of a region that answers for every matter without a roster of its own.
AROUND_THE_CLOCK = "around_the_clock"
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody who is on duty, perhaps instead of who stands in the roster."""

    person: Person
    role: DutyRole
    instead_of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """A roster at an instant: who can be asked, who is first; and who stands in it and is not there."""

    roster: RosterRow
    people: tuple[OnDuty, ...]
    missing: tuple[UUID, ...]

    def of(self, role: DutyRole) -> list[OnDuty]:
        return [each for each in self.people if each.role is role]


async def on_duty(ctx: Context, roster_or_region: str, at: datetime) -> list[Person]:
    """Who is on duty by the roster of this code, or by the region's around-the-clock roster, in order of asking.

    Empty where there is a gap or no roster.
    """
    roster = await repository.roster_by_code(ctx.session, roster_or_region)
    if roster is None:
        duty = await duty_at(ctx, roster_or_region, (AROUND_THE_CLOCK,), at)
    else:
        duty = await duty_of(ctx, roster, at)
    return [] if duty is None else [each.person for each in duty.people]


async def duty_at(ctx: Context, region_code: str, kinds: Sequence[str], at: datetime) -> Duty | None:
    """The duty of a region by the first of these kinds of roster; None where no region up to the province has one.

    The nearest region that has any of them decides; within it the order of the kinds.
    """
    fitting = [
        row
        for row in await repository.rosters_of_chain(ctx.session, region_code)
        if row.kind in kinds and in_force(row, at)
    ]
    nearest = [row for row in fitting if row.region_code == fitting[0].region_code]
    chosen = min(nearest, key=lambda row: kinds.index(row.kind), default=None)
    return None if chosen is None else await duty_of(ctx, chosen, at)


async def duty_of(ctx: Context, roster: RosterRow, at: datetime) -> Duty:
    """Who is on duty by the roster, stand-ins of the absent included."""
    if not in_force(roster, at):
        return Duty(roster, (), ())
    shift = (await shifts_of(ctx, roster, at, at + _MOMENT))[0]
    wanted = [
        (role, slot.person)
        for role, slot in ((DutyRole.PRIMARY, shift.primary), (DutyRole.BACKUP, shift.backup))
        if slot.person is not None
    ]
    answering = await _answering(ctx, [person for _, person in wanted], at, StandInScope.DUTY)
    people: list[OnDuty] = []
    for role, asked in wanted:
        found = answering.get(asked)
        if found is not None and all(each.person.person_id != found.person_id for each in people):
            people.append(OnDuty(found, role, None if found.person_id == asked else asked))
    missing = tuple(asked for _, asked in wanted if answering.get(asked) is None)
    return Duty(roster, tuple(people), missing)


async def stand_in_of(
    ctx: Context, person_id: UUID, at: datetime, scope: StandInScope = StandInScope.POST
) -> Person | None:
    """Who answers for a person that is away, gone or cannot be reached; None when nobody does."""
    known = await repository.stand_ins_from(ctx.session, _day_of(at))
    if not any(each.person == person_id for each in known):
        return None
    present = await repository.people(ctx.session, _all_of(known))
    found = stand_ins.end_of_chain(known, person_id, scope, at, dict.fromkeys(present, True))
    return None if found is None else present[found]


async def is_away(ctx: Context, person_id: UUID, at: datetime, scope: StandInScope = StandInScope.POST) -> bool:
    """Whether the person has handed over for the time."""
    known = await repository.stand_ins_from(ctx.session, _day_of(at))
    return stand_ins.away(known, person_id, scope, at) is not None


async def shifts_of(ctx: Context, roster: RosterRow, start: datetime, end: datetime) -> list[Shift]:
    """The roster's schedule in [start, end), empty shifts included."""
    calendar = await worktime.calendar_of(ctx, roster.region_code)
    session = ctx.session
    return schedule.schedule(
        [_rotation(row) for row in await repository.rotations(session, roster.id)],
        [_holiday(row) for row in await repository.holidays(session, roster.id, start, end)],
        [
            _assignment(row, made)
            for made, row in enumerate(await repository.assignments(session, roster.id, start, end))
        ],
        calendar.is_working_day,
        start,
        end,
    )


async def gaps_of(
    ctx: Context, roster: RosterRow, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """Stretches of [start, end) in which nobody of the roster, nor who stands in for them, can be asked."""
    shifts = await shifts_of(ctx, roster, start, end)
    # A shift in the middle of which somebody leaves is two: absences have their own edges.
    pieces = _cut(shifts, await _absence_edges(ctx, start, end))
    found: list[tuple[datetime, datetime]] = []
    for piece in pieces:
        wanted = [slot.person for slot in (piece.primary, piece.backup) if slot.person is not None]
        answering = await _answering(ctx, wanted, piece.starts_at, StandInScope.DUTY)
        if any(answering.get(person) is not None for person in wanted):
            continue
        if found and found[-1][1] == piece.starts_at:
            found[-1] = (found[-1][0], piece.ends_at)
        else:
            found.append((piece.starts_at, piece.ends_at))
    return found


def in_force(roster: RosterRow, at: datetime) -> bool:
    day = at.astimezone(SHANGHAI).date()
    return roster.valid_from <= day and (roster.valid_to is None or day < roster.valid_to)


async def _answering(
    ctx: Context, person_ids: Sequence[UUID], at: datetime, scope: StandInScope
) -> dict[UUID, Person | None]:
    """For each person who answers: the person, or who stands in while the person is away or gone."""
    known = await repository.stand_ins_from(ctx.session, _day_of(at))
    present = await repository.people(ctx.session, {*person_ids, *_all_of(known)})
    there = dict.fromkeys(present, True)
    answering: dict[UUID, Person | None] = {}
    for person in person_ids:
        if person in present and stand_ins.away(known, person, scope, at) is None:
            answering[person] = present[person]
        else:
            found = stand_ins.end_of_chain(known, person, scope, at, there)
            answering[person] = None if found is None else present[found]
    return answering


async def _absence_edges(ctx: Context, start: datetime, end: datetime) -> list[datetime]:
    known = await repository.stand_ins_from(ctx.session, _day_of(start))
    edges = {each.starts_at for each in known} | {each.ends_at for each in known if each.ends_at is not None}
    return sorted(edge for edge in edges if start < edge < end)


def _cut(shifts: Iterable[Shift], edges: Sequence[datetime]) -> list[Shift]:
    pieces = []
    for shift in shifts:
        inner = [edge for edge in edges if shift.starts_at < edge < shift.ends_at]
        bounds = [shift.starts_at, *inner, shift.ends_at]
        pieces += [Shift(begins, ends, shift.primary, shift.backup) for begins, ends in pairwise(bounds)]
    return pieces


def _all_of(known: Collection[stand_ins.StandIn]) -> set[UUID]:
    return {each.stand_in for each in known}


def _day_of(at: datetime) -> datetime:
    return datetime.combine(at.astimezone(SHANGHAI).date(), time(0), SHANGHAI)


def _rotation(row: RotationRow) -> Rotation:
    return Rotation(
        id=row.id,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        period=Period(row.period),
        days=DaysCovered(row.days),
        handovers=tuple(time.fromisoformat(text) for text in row.handovers),
        handover_weekday=row.handover_weekday,
        members=tuple(
            Member(UUID(each["primary"]), UUID(each["backup"]) if each.get("backup") else None)
            for each in row.members
        ),
    )


def _holiday(row: HolidayRow) -> Holiday:
    return Holiday(row.id, row.starts_at, row.ends_at)


def _assignment(row: AssignmentRow, made: int) -> Assignment:
    return Assignment(
        row.id, Layer(row.layer), DutyRole(row.role), row.person_id, row.starts_at, row.ends_at, made
    )
