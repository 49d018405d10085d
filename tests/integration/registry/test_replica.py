import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import text

from libs.common.contracts import projects
from libs.common.database import Database
from libs.common.registry import queries

Record = Callable[..., Awaitable[None]]


async def _name(database: Database) -> str | None:
    async with database.session() as session:
        return await queries.region_name(session, "421224")


def _region(name: str) -> projects.RegionRecordedV1:
    return projects.RegionRecordedV1(code="421224", name=name)


async def test_the_newest_version_stands_when_events_come_in_any_order(database: Database, record: Record) -> None:
    await record(_region("second"), 2)
    await record(_region("first"), 1)
    await record(_region("second again, altered"), 2)
    assert await _name(database) == "second"
    await record(_region("third"), 3)
    assert await _name(database) == "third"


async def test_the_newest_version_stands_when_events_race(database: Database, record: Record) -> None:
    await asyncio.gather(*(record(_region(f"v{version}"), version) for version in (3, 9, 1, 7, 5, 8, 2)))
    assert await _name(database) == "v9"


@pytest.mark.parametrize("version", [None, 3])
async def test_a_deleted_row_stays_deleted_when_older_events_come_again(
    database: Database, record: Record, bury: Record, version: int | None
) -> None:
    await record(_region("second"), 2)
    await bury(projects.REGION, "421224", version)
    await record(_region("first"), 1)
    await record(_region("second"), 2)
    assert await _name(database) is None
    await record(_region("revived"), 4)
    assert await _name(database) == "revived"


async def test_a_newer_row_stays_when_an_old_tombstone_comes_again(
    database: Database, record: Record, bury: Record
) -> None:
    await record(_region("second"), 2)
    await bury(projects.REGION, "421224", 3)
    await record(_region("revived"), 4)
    await bury(projects.REGION, "421224", 3)
    assert await _name(database) == "revived"


async def test_nothing_happens_when_a_tombstone_names_an_unknown_row(database: Database, bury: Record) -> None:
    await bury(projects.REGION, "421224", 3)
    assert await _name(database) is None


async def test_a_deleted_persons_data_are_gone_when_his_tombstone_came(
    database: Database, record: Record, bury: Record
) -> None:
    person = projects.PersonRecordedV1(
        person_id=uuid4(),
        name="张三(演示)",
        unit_id=uuid4(),
        region_code="421224",
        post="officer",
        email="zhang@example.org",
        phone="13800000000",
    )
    await record(person)
    await bury(projects.PERSON, person.person_id, 2)
    async with database.session() as session:
        assert await queries.person_by_id(session, person.person_id) is None
        row = (await session.execute(text("SELECT * FROM person_replica"))).one()
    assert (row.name, row.email, row.phone, row.active, row.version) == ("", None, None, False, 2)


async def test_enterprises_are_found_when_asked_by_id_or_code(database: Database, record: Record) -> None:
    enterprise = projects.EnterpriseRecordedV1(
        enterprise_id=uuid4(),
        credit_code="91421224MA48XXXX0A",
        name="九宫山风电(演示)",
        region_code="421224",
        sector_code="4415",
        key_energy_user=True,
    )
    await record(enterprise)
    async with database.session() as session:
        found = await queries.enterprise_by_credit_code(session, enterprise.credit_code)
        assert found == await queries.enterprise_by_id(session, enterprise.enterprise_id)
        assert found is not None
        assert (found.name, found.sector_code, found.key_energy_user) == ("九宫山风电(演示)", "4415", True)
        assert await queries.enterprise_by_credit_code(session, "unknown") is None


async def test_names_are_answered_for_known_codes_when_several_are_asked(
    database: Database, record: Record
) -> None:
    await record(_region("通山县"))
    async with database.session() as session:
        assert await queries.region_names(session, ["421224", "421200"]) == {"421224": "通山县"}
        assert await queries.region_names(session, []) == {}


async def test_the_calendar_follows_when_days_are_recorded_and_deleted(
    database: Database, record: Record, bury: Record
) -> None:
    rest, worked = date(2026, 9, 16), date(2026, 9, 19)
    await record(projects.CalendarDayRecordedV1(on=rest, working=False, note="snow"))
    await record(projects.CalendarDayRecordedV1(on=worked, working=True))
    async with database.session() as session:
        calendar = await queries.work_calendar(session)
    assert not calendar.is_working_day(rest)
    assert calendar.is_working_day(worked)
    await bury(projects.CALENDAR, rest.isoformat(), 2)
    async with database.session() as session:
        assert await queries.calendar_overrides(session) == {worked: True}


async def test_a_year_is_known_while_its_first_of_january_is_recorded(
    database: Database, record: Record, bury: Record
) -> None:
    await record(projects.CalendarDayRecordedV1(on=date(2031, 5, 2), working=False))
    async with database.session() as session:
        assert 2031 not in (await queries.work_calendar(session)).known_years
    await record(projects.CalendarDayRecordedV1(on=date(2031, 1, 1), working=False))
    async with database.session() as session:
        assert (await queries.work_calendar(session)).is_working_day(date(2031, 5, 6))
    await bury(projects.CALENDAR, "2031-01-01", 2)
    async with database.session() as session:
        assert 2031 not in (await queries.work_calendar(session)).known_years
