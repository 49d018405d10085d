"""Who answers on a rung at an instant: the duty roster's people, the post's, and who stands in for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from libs.common.context import Context
from libs.common.registry.queries import Person
from libs.common.workdays import UnknownCalendarYear
from services.alerts.escalation.domain.ladder import ClockMode, PostToo, Rung
from services.alerts.rosters import service as rosters
from services.alerts.rosters.domain.schedule import DutyRole
from services.alerts.rosters.domain.stand_ins import StandInScope
from services.alerts.rosters.service import Duty
from services.alerts.routing import service as routing
from services.alerts.trail.tables import AlertRow
from services.alerts.worktime import service as worktime


@dataclass(frozen=True, slots=True)
class Place:
    """Where an alert belongs, and who is responsible if that is known."""

    region_code: str
    responsible_person_id: UUID | None = None
    responsible_unit_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answering:
    """Somebody to be told; ``instead_of`` whom, and why, where it is not the one who stands first."""

    person: Person
    instead_of: UUID | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Who is to be told on a rung; ``gap`` is the roster that has nobody, when that is why nobody is."""

    people: tuple[Answering, ...]
    roster_code: str | None = None
    gap: Duty | None = None


def place_of(alert: AlertRow) -> Place:
    return Place(alert.region_code, alert.responsible_person_id, alert.responsible_unit_id)


async def answering(
    ctx: Context, rung: Rung, mode: ClockMode, place: Place, at: datetime, *, with_backup: bool = False
) -> Answer:
    """Who answers for the rung. A roster with nobody on duty is a gap: nobody does, and the next rung is asked.

    Around the clock the roster goes first; where no region up to the province has such a roster, the post does.
    ``with_backup`` asks the backup beside the first, as when the first was told before and kept silent.
    """
    if rung.rosters and mode is ClockMode.AROUND_THE_CLOCK:
        duty = await rosters.duty_at(ctx, place.region_code, rung.rosters, at)
        if duty is not None:
            return await _by_roster(ctx, rung, place, at, duty, with_backup=with_backup)
    return Answer(tuple(await _by_post(ctx, rung, place, at)))


async def _by_roster(
    ctx: Context, rung: Rung, place: Place, at: datetime, duty: Duty, *, with_backup: bool
) -> Answer:
    first, backup = duty.of(DutyRole.PRIMARY), duty.of(DutyRole.BACKUP)
    asked = [*first, *backup] if with_backup else first or backup
    if not asked:
        return Answer((), duty.roster.code, gap=duty)
    people = [
        Answering(each.person, each.instead_of, None if each.instead_of is None else "stand_in") for each in asked
    ]
    if await _post_too(ctx, rung, place, at):
        people += await _by_post(ctx, rung, place, at)
    return Answer(tuple(_once(people)), duty.roster.code)


async def _by_post(ctx: Context, rung: Rung, place: Place, at: datetime) -> list[Answering]:
    if rung.post is None:
        return []
    responsible = place.responsible_person_id
    if responsible is not None and rung.post == routing.OFFICER:
        instead = await _instead_of_the_gone(ctx, responsible, at)
        if instead is not None:
            return [instead]
    people = await routing.people_for(
        ctx,
        rung.post,
        place.region_code,
        responsible_person_id=responsible,
        responsible_unit_id=place.responsible_unit_id,
    )
    return _once([await _or_stand_in(ctx, person, at) for person in people])


async def _instead_of_the_gone(ctx: Context, person_id: UUID, at: datetime) -> Answering | None:
    """Who stands in for a responsible person that is not active any more."""
    if await routing.find_person(ctx, person_id) is not None:
        return None
    found = await rosters.stand_in_of(ctx, person_id, at)
    return None if found is None else Answering(found, person_id, "inactive")


async def _or_stand_in(ctx: Context, person: Person, at: datetime) -> Answering:
    if not await rosters.is_away(ctx, person.person_id, at, StandInScope.POST):
        return Answering(person)
    found = await rosters.stand_in_of(ctx, person.person_id, at, StandInScope.POST)
    # Away with nobody who could stand in: a message that waits is better than none.
    return Answering(person) if found is None else Answering(found, person.person_id, "away")


async def _post_too(ctx: Context, rung: Rung, place: Place, at: datetime) -> bool:
    if rung.post is None or rung.post_too is PostToo.NEVER:
        return False
    if rung.post_too is PostToo.ALWAYS:
        return True
    try:
        return (await worktime.calendar_of(ctx, place.region_code)).is_working_time(at)
    except UnknownCalendarYear:
        return True


def _once(people: Iterable[Answering]) -> list[Answering]:
    found: dict[UUID, Answering] = {}
    for each in people:
        found.setdefault(each.person.person_id, each)
    return list(found.values())
